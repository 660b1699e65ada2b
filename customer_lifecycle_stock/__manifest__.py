{
    "name": "Customer Lifecycle - Stock",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "summary": "The last delivery of a customer, and late deliveries, from the stock",
    "author": "Customer Lifecycle maintainers",
    "license": "LGPL-3",
    "website": "https://github.com/customer-lifecycle/customer-lifecycle",
    "depends": ["customer_lifecycle", "sale_stock"],
    "auto_install": True,
}
