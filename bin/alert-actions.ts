import type { AlertActions } from './alert-lines.js';
import type { TaskLine } from './command-line.js';
import type { CommandContext } from './commands/context.js';
import * as alerts from './commands/alerts.js';
import * as config from './commands/monitor-config.js';

/** What the short commands about alerts do, each with a context made of its line. */
export function alertActions(given: (line: TaskLine) => CommandContext): Omit<AlertActions, 'monitor'> {
  return {
    monitorConfigApply: (line) => config.monitorConfigApply(given(line), line.file),
    monitorConfigGet: (line) => config.monitorConfigGet(given(line)),
    monitorTestChannel: (channel, line) => config.monitorTestChannel(given(line), channel),
    alertList: (line) => alerts.alertList(given(line)),
    alertShow: (id, line) => alerts.alertShow(given(line), id),
    alertAcknowledge: (id, line) => alerts.alertAcknowledge(given(line), id, line.note),
    alertSilence: (line) => alerts.alertSilence(given(line), line),
    alertSilences: (line) => alerts.alertSilences(given(line)),
    alertUnsilence: (id, line) => alerts.alertUnsilence(given(line), id),
    alertHistory: (line) => alerts.alertHistory(given(line)),
    alertExplain: (task, line) => alerts.alertExplain(given(line), task),
    alertMaintenance: (line) => alerts.alertMaintenance(given(line)),
    alertMaintenanceAdd: (id, line) => alerts.alertMaintenanceAdd(given(line), id, line),
    alertMaintenanceRemove: (id, line) => alerts.alertMaintenanceRemove(given(line), id),
  };
}
