from . import (
    test_adding,
    test_automation,
    test_facts,
    test_facts_twin,
    test_moves,
    test_partner_access,
    test_partner_fields,
    test_purchases,
    test_refunds,
    test_rules,
)
