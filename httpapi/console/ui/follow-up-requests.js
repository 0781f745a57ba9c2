// The requests that complete and snooze a follow-up, each with an undo.
import { post, put } from '../lib/api.js';
import { changed } from '../lib/events.js';
import { day } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { failed, toast } from './toast.js';

const path = interaction => '/interactions/' + interaction.id;

// attempt sends a request and shows a message with an undo. Pages remove the follow-up before; if the API refuses, they read it again.
async function attempt(act, said, undo) {
  try {
    await act();
    toast(said, { undo: () => undo().catch(failed) });
  } catch (problem) {
    failed(problem);
    changed('interaction');
  }
}

export const complete = interaction => attempt(() => post(path(interaction) + '/complete'), t('followup.completed'),
  () => put(path(interaction), { follow_up_required: true }));

export const snooze = (interaction, until) => attempt(() => post(path(interaction) + '/snooze', { until }),
  t('followup.snoozed', { day: day(until) }), () => put(path(interaction), { follow_up_date: interaction.follow_up_local ?? interaction.follow_up_date }));
