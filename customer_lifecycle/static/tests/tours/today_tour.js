import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const line = (name) => `.o_list_view .o_data_row:contains(${name})`;
const gone = (name) => `.o_list_view:not(:has(.o_data_row:contains(${name})))`;

registry.category("web_tour.tours").add("customer_lifecycle_today", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "the app opens on what waits",
            trigger:
                ".o_app[data-menu-xmlid='customer_lifecycle.customer_lifecycle_menu_root']",
            run: "click",
        },
        {
            content: "the larger customer first, with the reason",
            trigger:
                ".o_list_view .o_data_row:first:contains(Tour Growth) [name=reason]:contains(“Send the samples” was promised)",
        },
        {
            content: "the next step",
            trigger: `${line("Tour Growth")} button[name=action_next]:contains(See the Promise)`,
            run: "click",
        },
        {
            trigger: ".o_form_view:contains(Send the samples) button[name=action_keep]",
        },
        {
            trigger: ".o_back_button, .breadcrumb-item a:contains(Today)",
            run: "click",
        },
        {
            content: "done, with a note; the promise is kept",
            trigger: `${line("Tour Growth")} button[name=action_done]`,
            run: "click",
        },
        {
            trigger: ".modal:contains(Tour Growth) [name=note] textarea",
            run: "edit They have the samples",
        },
        {
            trigger: ".modal [name=is_kept] input",
            run: "click",
        },
        {
            trigger: ".modal footer button[name=action_done]",
            run: "click",
        },
        {
            content: "the line is gone",
            trigger: `body:not(:has(.modal)) ${gone("Tour Growth")}`,
        },
        {
            content: "another one can wait",
            trigger: `${line("Tour Once")} button[name=action_snooze]`,
            run: "click",
        },
        {
            trigger: ".modal:contains(Tour Once) button[name=action_tomorrow]",
            run: "click",
        },
        {
            content: "it is gone too, and that is explained",
            trigger: `body:not(:has(.modal)) .o_view_nocontent:contains(Nothing waits for you)`,
        },
        {
            content: "and is taken back",
            trigger:
                ".o_notification:contains(Tour Once) .o_notification_buttons button:contains(Undo)",
            run: "click",
        },
        {
            trigger: line("Tour Once"),
        },
        {
            content: "a click on the line opens the customer",
            trigger: `${line("Tour Once")} [name=reason]`,
            run: "click",
        },
        {
            trigger: ".o_form_view .o_lifecycle_ladder",
        },
        {
            content: "the screen for the phone says the same",
            trigger: "[data-menu-xmlid$=customer_lifecycle_today_menu]",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row",
        },
        {
            trigger: ".o_switch_view.o_kanban",
            run: "click",
        },
        {
            trigger:
                ".o_kanban_record:contains(Tour Once) button[name=action_done]:contains(Done)",
        },
    ],
});
