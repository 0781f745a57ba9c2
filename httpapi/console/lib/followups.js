// What can be done with a follow-up, each with its way back.
import { post, put } from './api.js';
import { day } from './format.js';
import { t } from './i18n.js';
import { failed, toast } from '../ui/toast.js';

const path = interaction => '/interactions/' + interaction.id;

// complete ends a follow-up; after is called when it, or its undoing, is done.
export async function complete(interaction, after) {
  try {
    await post(path(interaction) + '/complete');
    toast(t('followup.completed'), { undo: () => put(path(interaction), { follow_up_required: true }).then(after, failed) });
  } catch (problem) {
    failed(problem);
  }
  after();
}

export async function snooze(interaction, until, after) {
  const before = interaction.follow_up_date;
  try {
    await post(path(interaction) + '/snooze', { until });
    toast(t('followup.snoozed', { day: day(until + 'T00:00') }), { undo: () => put(path(interaction), { follow_up_date: before }).then(after, failed) });
  } catch (problem) {
    failed(problem);
  }
  after();
}
