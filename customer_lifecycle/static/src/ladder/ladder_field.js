import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useSpecialData} from "@web/views/fields/relational_utils";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * The relationship levels as a ladder: the rungs that are held are filled. A click on
 * a rung shows what it asks for and what there is of it; from there the customer can
 * be moved by hand.
 */
export class LadderField extends Component {
    static template = "customer_lifecycle.LadderField";
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({openId: false});
        this.levels = useSpecialData((orm, {name, record}) =>
            orm.searchRead(
                record.fields[name].relation,
                [],
                ["display_name", "description"],
            ),
        );
    }

    get rungs() {
        const levels = this.levels.data || [];
        const held = levels.findIndex((level) => level.id === this.value?.id);
        const evidence = this.props.record.data.level_evidence || [];
        return levels.map((level, index) => {
            const rung = evidence.find((each) => each.id === level.id);
            const isBelow = index < held;
            const isAbove = index > held && !this.props.readonly;
            return {
                note: "",
                items: [],
                ...rung,
                ...level,
                isHeld: index <= held,
                isTop: index === held,
                isOpen: level.id === this.state.openId,
                // Who sees a customer may always say that trust is lost
                isReachable: isBelow || (isAbove && rung?.can_raise),
                isForManagers: isAbove && !rung?.can_raise,
            };
        });
    }

    get openRung() {
        return this.rungs.find((rung) => rung.isOpen);
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    toggle(rung) {
        this.state.openId = rung.isOpen ? false : rung.id;
    }

    async move(rung) {
        const {record, readonly} = this.props;
        if (!readonly && !(await record.save())) {
            return;
        }
        const action = await this.orm.call(record.resModel, "action_select_level", [
            [record.resId],
            rung.id,
        ]);
        this.state.openId = false;
        if (action) {
            await this.action.doAction(action);
        } else {
            await record.load();
        }
    }
}

export const ladderField = {
    component: LadderField,
    displayName: _t("Ladder"),
    supportedTypes: ["many2one"],
    fieldDependencies: [{name: "level_evidence", type: "json", readonly: true}],
};

registry.category("fields").add("lifecycle_ladder", ladderField);
