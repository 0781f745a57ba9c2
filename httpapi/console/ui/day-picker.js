import { number, weekday } from '../lib/format.js';
import { html, useId } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { isoDay } from '../lib/office.js';

// DayPicker chooses a day: one click for the next seven days, a date field for others. value is '' or a date such as 2026-11-27.
export function DayPicker({ legend, value, onChange, from = 0 }) {
  const name = useId();
  const days = Array.from({ length: 7 }, (_, i) => isoDay(i + from));
  const other = value && !days.includes(value);
  return html`<fieldset><legend class="field-label">${legend}</legend>
    <div class="week">${days.map(iso => html`<label key=${iso} class="week-day">
        <input type="radio" name=${name} value=${iso} checked=${value === iso} onChange=${() => onChange(iso)} onClick=${() => value === iso && onChange('')} />
        <span>${iso === isoDay() ? t('week.today') : weekday(iso)}</span><b>${number(Number(iso.slice(8)))}</b></label>`)}
      <input class="other" type="date" min=${isoDay(from)} value=${other ? value : ''} aria-label=${t('week.other')} onChange=${event => onChange(event.currentTarget.value)} />
    </div></fieldset>`;
}
