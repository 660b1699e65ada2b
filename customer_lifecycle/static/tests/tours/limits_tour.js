import {registry} from "@web/core/registry";

const part = (name) => `.o_lifecycle_limits_effect[data-part=${name}]`;

registry.category("web_tour.tours").add("customer_lifecycle_limits", {
    url: "/odoo/customer-lifecycle",
    steps: () => [
        {
            trigger:
                ".dropdown-toggle[data-menu-xmlid$=customer_lifecycle_menu_config]",
            run: "click",
        },
        {
            trigger:
                ".dropdown-item[data-menu-xmlid$=customer_lifecycle_menu_settings]",
            run: "click",
        },
        {
            content: "nothing would move by the limits in use",
            trigger: `${part("moves")}:contains(These limits are in use)`,
        },
        {
            content: "what the limit would have done, beside it",
            trigger: `${part("slipping")} p:contains(Would have warned in time of)`,
        },
        {
            content: "and others beside it",
            trigger: `${part("slipping")} tr:contains(20%):not(:contains(your limit))`,
        },
        {
            trigger: `${part("danger")} p:contains(The danger begins)`,
        },
        {
            content: "another limit",
            trigger: "[name=lifecycle_slipping_share] input",
            run: "edit 20 && press Tab",
        },
        {
            trigger: `${part("slipping")} tr.table-info:contains(20%, your limit)`,
        },
        {
            content: "and another chance, which moves somebody",
            trigger: "[name=lifecycle_lapsed_chance] input",
            run: "edit 40 && press Tab",
        },
        {
            content: "who would move",
            trigger: `${part("moves")} tr:contains(Lapsed) button`,
            run: "click",
        },
        {
            trigger: ".modal .o_list_view .o_data_row:contains(Customer)",
        },
        {
            trigger: ".modal .btn-close",
            run: "click",
        },
        {
            content: "the defaults, one click away",
            trigger: "body:not(:has(.modal)) .o_lifecycle_limits_defaults",
            run: "click",
        },
        {
            trigger: `${part("slipping")} tr.table-info:contains(your limit):not(:contains(20%))`,
        },
        {
            trigger: "[name=lifecycle_lapsed_chance] input:value(20)",
        },
        {
            trigger: ".o_form_button_cancel",
            run: "click",
        },
        {
            trigger: "body:not(:has(.o_dirty_warning))",
        },
    ],
});
