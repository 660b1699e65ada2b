import {Component, onWillStart, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";

const CARD = "customer.lifecycle";

/** The card for the call: what the server has put together, ready to read. */
export class Briefing extends Component {
    static template = "customer_lifecycle.Briefing";
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({briefing: null});
        onWillStart(async () => {
            const {card_id: cardId} = this.props.action.params;
            this.state.briefing = await this.orm.call(CARD, "get_briefing", [[cardId]]);
        });
    }

    get briefing() {
        return this.state.briefing;
    }

    /** What to do during or after the call, on the card's own dialogs. */
    async run(method) {
        const action = await this.orm.call(CARD, method, [[this.briefing.id]]);
        await this.action.doAction(action);
    }

    openCard() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: CARD,
            res_id: this.briefing.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("customer_lifecycle.briefing", Briefing);
