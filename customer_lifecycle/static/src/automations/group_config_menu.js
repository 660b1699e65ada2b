import {GroupConfigMenu} from "@web/views/view_components/group_config_menu";
import {patch} from "@web/core/utils/patch";

patch(GroupConfigMenu.prototype, {
    /** On a stage of the lifecycle, open the rules of that stage's playbook. */
    async _openAutomations() {
        const {list} = this.props;
        const {groupByField, value} = this.group;
        if (
            list.resModel === "customer.lifecycle" &&
            groupByField.name === "stage_id"
        ) {
            const action = await this.orm.call(
                "customer.lifecycle.stage",
                "action_open_automations",
                [[value].filter(Boolean)],
            );
            return this.action.doAction(action);
        }
        return super._openAutomations();
    },
});
