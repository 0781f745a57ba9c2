import { day, weekday } from '../lib/format.js';
import { html, useState } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { daysUntil, followUpDay, isoDay } from '../lib/office.js';
import { useStep } from '../lib/step.js';
import { DayPicker } from './day-picker.js';
import { Dialog } from './dialog.js';
import { complete, snooze } from './follow-up-requests.js';
import { Icon } from './icons.js';
import { Menu } from './menu.js';

// Due is the day of a follow-up, in red when it is past.
export function Due({ interaction }) {
  const date = followUpDay(interaction);
  const days = date ? daysUntil(date) : 0;
  return html`<span class="pill ${days < 0 ? 'late' : days === 0 ? 'soon' : ''}"><${Icon} name="calendar" />${date ? day(date) : t('followup.undated')}</span>`;
}

function SnoozeDialog({ onClose, onChoose }) {
  const [value, setValue] = useState('');
  return html`<${Dialog} title=${t('followup.snooze')} onClose=${onClose}>
    <div class="dialog-body"><${DayPicker} legend=${t('followup.until')} value=${value} onChange=${setValue} from=${1} /></div>
    <footer><button class="button" type="button" onClick=${onClose}>${t('action.cancel')}</button>
      <button class="button primary" type="button" disabled=${!value} onClick=${() => { onClose(); onChoose(value); }}>${t('followup.snooze')}</button></footer>
  <//>`;
}

// Snooze is a menu that postpones a follow-up: to tomorrow, the day after, next week, or another day. act is called with the date; id
// is the interaction's. With small, the button has no text.
export function Snooze({ id, act, small }) {
  const step = useStep('snooze');
  const monday = (8 - new Date(isoDay()).getUTCDay()) % 7 || 7;
  const to = (days, text) => ({ text, act: () => act(isoDay(days)) });
  const items = [to(1, t('followup.tomorrow')), monday > 2 && to(2, weekday(isoDay(2))), monday > 1 && to(monday, t('followup.monday')), to(7, t('followup.nextWeek')), null,
    { text: t('followup.choose'), icon: html`<${Icon} name="calendar" />`, act: () => step.open(id) }];
  return html`<${Menu} className=${small ? 'icon-button small' : 'button small'} label=${t('followup.snooze')} items=${items} button=${html`<${Icon} name="clock" size=${small ? 18 : 16} />${!small && html`<span>${t('followup.snooze')}</span>`}`} />
    ${step.value === id && html`<${SnoozeDialog} onClose=${step.close} onChoose=${act} />`}`;
}

// FollowUpActions are the buttons that complete and snooze the follow-up of an interaction. hide removes it from the page at once.
export function FollowUpActions({ interaction, hide = () => {} }) {
  return html`<button class="button small" onClick=${() => { hide(); complete(interaction); }}><${Icon} name="check" size=${16} />${t('followup.done')}</button>
    <${Snooze} id=${interaction.id} act=${until => { hide(); snooze(interaction, until); }} />`;
}
