from . import (
    test_purchases,
    test_rules,
)
