from . import customer_lifecycle_promise_report, sale_report
