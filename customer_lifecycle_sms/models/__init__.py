from . import (
    customer_lifecycle_gate_occasion,
    customer_lifecycle_gate_permission,
    customer_lifecycle_gate,
    customer_lifecycle_outreach,
    customer_lifecycle_planner,
    customer_lifecycle_sender,
    ir_actions_server,
    sms_sms,
)
