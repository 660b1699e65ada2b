from . import (
    customer_lifecycle_evidence,
    customer_lifecycle_gate_problems,
    stock_picking,
)
