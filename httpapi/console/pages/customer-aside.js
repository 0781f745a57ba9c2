import { useData } from '../lib/data.js';
import { date, day, decimal, number } from '../lib/format.js';
import { html, useState } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { can } from '../lib/session.js';
import { Bars } from '../ui/bars.js';
import { Icon } from '../ui/icons.js';
import { Tag } from '../ui/inline.js';

function Facts({ customer }) {
  const rows = [
    ['contact_type', label('contact', customer.contact_type)], ['region', customer.region && html`<bdi>${customer.region}</bdi>`], ['nationality', customer.nationality && html`<bdi>${customer.nationality}</bdi>`],
    ['preferred_language', label('languages', customer.preferred_language)],
    ['tags', customer.tags.length > 0 && html`<span class="tags wrap">${customer.tags.map(tag => html`<${Tag} key=${tag}>${tag}<//>`)}</span>`],
    ['notes', customer.notes && html`<span class="prose" dir="auto">${customer.notes}</span>`],
    ['created_at', date(customer.created_at)],
  ].filter(([, value]) => value);
  return html`<section><div class="section-head"><h2>${t('customer.profile')}</h2></div>
    <dl class="facts">${rows.map(([name, value]) => html`<div key=${name}><dt>${t('field.' + name)}</dt><dd>${value}</dd></div>`)}</dl></section>`;
}

// Shares shows the counts of a summary that are not 0 as bars.
function Shares({ kind, counts }) {
  const rows = Object.entries(counts).filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1]);
  return rows.length > 0 && html`<${Bars} rows=${rows.map(([key, count]) => ({ key, name: label(kind, key), count }))} />`;
}

function Statistics({ customer }) {
  const figures = [
    [number(customer.total_interactions), t('customer.interactions', { count: customer.total_interactions })],
    [customer.average_rating === null ? '–' : decimal(customer.average_rating), t('customer.rating')],
    [customer.last_interaction ? day(customer.last_interaction) : '–', t('field.last_interaction')],
  ];
  return html`<section><div class="section-head"><h2>${t('customer.statistics')}</h2></div>
    <div class="figures">${figures.map(([value, name]) => html`<div key=${name} class="figure"><b class=${/\d/.test(value[0]) && value.length < 5 ? '' : 'words'}>${value}</b><span>${name}</span></div>`)}</div>
    <${Shares} kind="channel" counts=${customer.interaction_channels} />
    ${customer.total_feedback > 0 && html`<${Shares} kind="service" counts=${customer.feedback_by_service} />`}
  </section>`;
}

// Why says which criteria of a segment the customer meets.
function Why({ segment }) {
  return html`<ul class="why">${segment.criteria.length === 0 && html`<li>${t('segments.everybody')}</li>`}${segment.criteria.map(one => html`<li key=${one.key} class=${one.matches ? 'yes' : 'no'}>
    <${Icon} name=${one.matches ? 'check' : 'close'} size=${14} /><span>${t('field.' + one.key)}: <bdi>${one.values.map(value => label(one.key, value)).join(' / ')}</bdi></span></li>`)}</ul>`;
}

function Segments({ customer }) {
  const mine = change => change.id === customer.id || change.kind === 'segment';
  const { data } = useData(can('crm:read:segments') && `/customers/${customer.id}/segments?explain=true`, mine, { keep: false });
  const [all, setAll] = useState(false);
  if (!data) return null;
  const shown = data.items.filter(one => all || one.matches).sort((a, b) => b.matches - a.matches);
  return html`<section><div class="section-head"><h2>${t('nav.segments')}</h2>
      <button class="link head-link" aria-pressed=${all} onClick=${() => setAll(!all)}>${t(all ? 'customer.fewerSegments' : 'customer.allSegments')}</button></div>
    ${shown.length === 0 && html`<p class="muted">${t('customer.noSegments')}</p>`}
    ${shown.map(one => html`<details key=${one.id} class="segment-why ${one.matches ? '' : 'out'}"><summary><span dir="auto">${one.name}</span><span class="quiet">${t('customer.why')}</span></summary><${Why} segment=${one} /></details>`)}
  </section>`;
}

export function CustomerAside({ customer }) {
  return html`<aside class="aside"><${Facts} customer=${customer} /><${Statistics} customer=${customer} /><${Segments} customer=${customer} /></aside>`;
}
