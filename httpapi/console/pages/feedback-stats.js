import { useData } from '../lib/data.js';
import { decimal, number, percent } from '../lib/format.js';
import { html } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { replaceQuery } from '../lib/router.js';
import { services } from '../lib/values.js';
import { Answer } from '../ui/answer.js';
import { Bars, Share } from '../ui/bars.js';
import { Stars } from '../ui/inline.js';
import { Empty } from '../ui/placeholders.js';
import { Trend } from '../ui/trend.js';

const windows = [7, 30, 90, 365];

function Figures({ stats }) {
  const figures = [
    [number(stats.total_feedback), t('feedback.count', { count: stats.total_feedback })],
    [stats.total_feedback ? decimal(stats.average_rating) : '–', t('customer.rating')],
    [percent(stats.resolution_rate), t('feedback.rate')],
    [number(stats.pending_resolution), t('feedback.pending')],
  ];
  return html`<div class="figures four">${figures.map(([value, name]) => html`<div key=${name} class="figure"><b>${value}</b><span>${name}</span></div>`)}</div>`;
}

function Chart({ title, wide, children }) {
  return html`<section class="card ${wide ? 'wide' : ''}"><h2>${title}</h2>${children}</section>`;
}

function Charts({ stats }) {
  const ratings = [5, 4, 3, 2, 1].map(n => ({ key: n, name: html`<${Stars} rating=${n} />`, count: stats.rating_distribution[n] }));
  const byService = services.map(name => ({ key: name, name: label('service', name), count: stats.by_service_type[name] })).sort((a, b) => b.count - a.count);
  const sentiments = ['positive', 'neutral', 'negative'].map(name => ({ key: name, name: label('sentiment', name), count: stats.sentiment_analysis[name] }));
  return html`<div class="cards">
    ${stats.trend && html`<${Chart} wide title=${t('feedback.trend')}><${Trend} points=${stats.trend} /><//>`}
    <${Chart} title=${t('field.rating')}><${Bars} rows=${ratings} className="gold" /><//>
    <${Chart} title=${t('field.service_type')}><${Bars} rows=${byService} /><//>
    <${Chart} wide title=${t('field.sentiment')}><${Share} rows=${sentiments} /><//>
  </div>`;
}

// FeedbackStats shows the statistics of the last days as charts.
export function FeedbackStats({ params }) {
  const days = windows.includes(Number(params.get('days'))) ? Number(params.get('days')) : 30;
  const stats = useData('/feedback/stats?days=' + days, ['feedback']);
  return html`<div class="channels" role="group" aria-label=${t('range.title')}>${windows.map(n => html`<button key=${n} type="button" class="channel" aria-pressed=${n === days} onClick=${() => replaceQuery({ days: n })}>${t('range.days', { count: n })}</button>`)}</div>
    <${Answer} of=${stats} rows=${4} tall>${data => html`<${Figures} stats=${data} />${data.total_feedback === 0 ? html`<${Empty} icon="feedback" title=${t('feedback.noneInWindow')} text=${t('feedback.noneInWindowText')} />` : html`<${Charts} stats=${data} />`}`}<//>`;
}
