import {Component, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {Table} from "../table/table_field";

const FRESH_MS = 60000;
const FIELDS = {
    horizon_days: "lifecycle_horizon_days",
    slipping_share: "lifecycle_slipping_share",
    lapsed_chance: "lifecycle_lapsed_chance",
};

// what the parts of the screen show is asked for once
const asked = {};

function ask(orm, method, limits) {
    const key = JSON.stringify(limits);
    const last = asked[method];
    if (!last || last.key !== key || Date.now() - last.at > FRESH_MS) {
        const model =
            method === "limits_moves"
                ? "customer.lifecycle.limits"
                : "customer.lifecycle.backtest";
        const promise = orm.call(model, method, [limits]);
        asked[method] = {key, at: Date.now(), promise};
        promise.catch(() => delete asked[method]);
    }
    return asked[method].promise;
}

/**
 * What the limits on the screen would do or would have done, before they are saved:
 * one part of it, as a sentence, as a table, or as both.
 */
export class LimitsEffect extends Component {
    static template = "customer_lifecycle.LimitsEffect";
    static components = {Table};
    static props = {
        ...standardWidgetProps,
        part: String,
        show: {type: String, optional: true},
    };

    setup() {
        this.orm = useService("orm");
        this.searched = this.env.searchState && useState(this.env.searchState);
        this.state = useState({isLoading: false, value: false});
        useRecordObserver((record) => {
            const limits = {company_id: record.data.company_id?.id};
            for (const [name, field] of Object.entries(FIELDS)) {
                limits[name] = record.data[field];
            }
            // while settings are searched, those of every app are on the screen
            if (!this.searched?.value) {
                this.load(limits);
            }
        });
    }

    async load(limits) {
        this.latest = limits;
        this.state.isLoading = true;
        let value = false;
        try {
            const isMoves = this.props.part === "moves";
            const method = isMoves ? "limits_moves" : "limits_effect";
            const found = await ask(this.orm, method, limits);
            value = isMoves ? found : found[this.props.part];
        } finally {
            if (this.latest === limits) {
                Object.assign(this.state, {isLoading: false, value});
            }
        }
    }

    get shown() {
        const {value} = this.state;
        if (value && this.props.show === "sentence") {
            return {...value, rows: [], notes: []};
        }
        if (value && this.props.show === "table") {
            return (
                !value.is_wrong && {
                    ...value,
                    sentence: value.rows.length ? "" : value.sentence,
                }
            );
        }
        return value;
    }
}

registry.category("view_widgets").add("lifecycle_limits_effect", {
    component: LimitsEffect,
    extractProps: ({attrs}) => ({part: attrs.part, show: attrs.show}),
});

/** One click back to the limits that a new company has. */
export class LimitsDefaults extends Component {
    static template = "customer_lifecycle.LimitsDefaults";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
    }

    async restore() {
        const defaults = await this.orm.call("res.company", "default_get", [
            Object.values(FIELDS),
        ]);
        await this.props.record.update(defaults);
    }
}

registry.category("view_widgets").add("lifecycle_limits_defaults", {
    component: LimitsDefaults,
});
