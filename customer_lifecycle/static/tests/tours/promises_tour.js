import {registry} from "@web/core/registry";

const promise = (words, due) => [
    {
        trigger: ".modal [name=name] input",
        run: `edit ${words}`,
    },
    {
        trigger: ".modal [name=due_date] input",
        run: `edit ${due} && press Enter`,
    },
    {
        content: "the picker is gone",
        trigger: "body:not(:has(.o_datetime_picker))",
    },
    {
        trigger: ".modal button[name=action_promise]",
        run: "click",
    },
    {
        content: "what was noted",
        trigger: `.o_notification:contains(${words})`,
    },
    {
        trigger: "body:not(:has(.modal))",
    },
];

registry.category("web_tour.tours").add("customer_lifecycle_promises", {
    url: "/odoo/customer-lifecycle",
    steps: () => [
        {
            trigger: ".o_kanban_record:contains(Tour Growth) .o_lifecycle_reason",
            run: "click",
        },
        {
            content: "a promise from the card",
            trigger: ".o_form_view button[name=action_promise]",
            run: "click",
        },
        {
            trigger: ".modal [name=partner_id] input:value(Tour Growth)",
        },
        ...promise("Send the samples", "12/31/2040"),
        {
            content: "and one from a message in the chatter",
            trigger: ".o-mail-Message:contains(They want a catalogue)",
            run: "hover && click .o-mail-Message:contains(They want a catalogue) [title=Expand]",
        },
        {
            trigger: ".o-dropdown-item:contains(Make a Promise)",
            run: "click",
        },
        {
            content: "with the words of the message",
            trigger: ".modal [name=name] input:value(They want a catalogue)",
        },
        ...promise("Send the catalogue", "12/31/2040"),
        {
            content: "what waits for a decision",
            trigger: "[data-menu-xmlid$=customer_lifecycle_commitment_menu]",
            run: "click",
        },
        {
            trigger:
                ".o_list_view:not(:contains(Send the catalogue)) .o_data_row:contains(Call back)",
        },
        {
            content: "it was kept",
            trigger: ".o_data_row:contains(Call back) button[name=action_keep]",
            run: "click",
        },
        {
            trigger: ".o_view_nocontent:contains(No promise waits for a decision)",
        },
        {
            content: "how many were kept",
            trigger:
                ".dropdown-toggle[data-menu-xmlid$=customer_lifecycle_menu_report]",
            run: "click",
        },
        {
            trigger:
                ".dropdown-item[data-menu-xmlid$=customer_lifecycle_promise_report_menu]",
            run: "click",
        },
        {trigger: ".o_pivot table:contains(100)"},
    ],
});
