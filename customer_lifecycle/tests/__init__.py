from . import (
    test_adding,
    test_automation,
    test_facts,
    test_moves,
    test_purchases,
    test_refunds,
    test_rules,
)
