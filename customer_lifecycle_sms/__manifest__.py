{
    "name": "Customer Lifecycle - SMS",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "summary": "Follow up a customer by SMS, through the same gate as mails",
    "author": "Customer Lifecycle maintainers",
    "license": "LGPL-3",
    "website": "https://github.com/customer-lifecycle/customer-lifecycle",
    "depends": ["customer_lifecycle", "sms"],
    "data": ["views/ir_actions_server_views.xml"],
    "auto_install": True,
}
