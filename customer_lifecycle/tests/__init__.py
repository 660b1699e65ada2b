from . import (
    test_purchases,
    test_refunds,
    test_rules,
)
