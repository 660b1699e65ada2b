import {registry} from "@web/core/registry";

/** What a customer could have written: shown as text, and never run. */
const SCRIPT = "<img src=x onerror='window.lifecyclePwned=1'>";

registry.category("web_tour.tours").add("customer_lifecycle_knowledge", {
    url: "/odoo/customer-lifecycle",
    steps: () => [
        {
            trigger: ".o_kanban_record:contains(Tour Growth) .o_lifecycle_reason",
            run: "click",
        },
        {
            trigger: ".o_form_view .nav-link[name=knowledge]",
            run: "click",
        },
        {
            content: "what a customer says is text",
            trigger: `.o_form_view [name=properties] textarea:value(${SCRIPT})`,
        },
        {
            content: "who decides is written down",
            trigger: ".o_form_view [property-name=decider] input",
            run: "edit Ana decides",
        },
        {
            content: "an idea is written down",
            trigger: ".o_form_view button[name=action_idea]",
            run: "click",
        },
        {
            trigger: ".modal [name=name] input",
            run: "edit Order in October",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {trigger: "body:not(:has(.modal))"},
        {
            trigger:
                ".o_form_view [name=idea_ids] .o_data_row:contains(Order in October)",
        },
        {
            content: "the need was solved",
            trigger:
                ".o_form_view [name=need_order_ids] .o_data_row:contains(Quiet machines) button[name=action_need_solved]",
            run: "click",
        },
        {
            trigger:
                ".o_form_view [name=need_order_ids] .o_data_row:contains(Quiet machines):contains(Solved) button[name=action_need_reopen]",
        },
        {
            content: "everything before the call",
            trigger: ".o_form_view button[name=action_prepare_call]",
            run: "click",
        },
        {
            trigger:
                ".modal .o_lifecycle_briefing:contains(Ana decides):contains(Order in October):contains(Thing)",
        },
        {
            content: "there too it is text",
            trigger: `.modal .o_lifecycle_facts dd:contains(${SCRIPT})`,
            run() {
                if (window.lifecyclePwned) {
                    throw new Error("What a customer has written was run");
                }
            },
        },
        {
            content: "and from it to the next thing",
            trigger: ".modal .o_lifecycle_briefing button:contains(Promise)",
            run: "click",
        },
        {trigger: ".modal [name=due_date]"},
    ],
});
