from . import (
    customer_lifecycle_evidence,
    customer_lifecycle_gate_problems,
    customer_lifecycle_promising,
    stock_picking,
)
