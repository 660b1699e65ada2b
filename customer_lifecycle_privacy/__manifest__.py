{
    "name": "Customer Lifecycle - Privacy",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "summary": "Finds what is known of a customer when somebody asks to be forgotten",
    "author": "Customer Lifecycle maintainers",
    "license": "LGPL-3",
    "website": "https://github.com/customer-lifecycle/customer-lifecycle",
    "depends": ["customer_lifecycle", "privacy_lookup"],
    "auto_install": True,
}
