from . import (
    test_moves,
    test_purchases,
    test_refunds,
    test_rules,
)
