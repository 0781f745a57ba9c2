import { post } from '../lib/api.js';
import { html } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { services } from '../lib/values.js';
import { Field } from '../ui/field.js';
import { FormDialog } from '../ui/form-dialog.js';
import { useForm } from '../ui/form.js';
import { toast } from '../ui/toast.js';

// Rating is the choice of one to five stars, by mouse or keyboard.
function Rating({ form }) {
  return html`<fieldset class="wide"><legend class="field-label">${t('field.rating')}</legend>
    <div class="rate" role="radiogroup">${[1, 2, 3, 4, 5].map(n => html`<label key=${n} class=${n <= form.values.rating ? 'on' : ''}>
      <input type="radio" name="rating" value=${n} checked=${form.values.rating === n} aria-label=${t('feedback.stars', { count: n })} onChange=${() => form.set('rating', n)} /><span aria-hidden="true">★</span></label>`)}</div>
    ${form.errors.rating && html`<p class="error">${form.errors.rating}</p>`}</fieldset>`;
}

// FeedbackForm adds feedback of a customer, such as from a call.
export function FeedbackForm({ customer, step }) {
  const form = useForm({ rating: null, service_type: 'Tour', comments: '' }, async values => {
    await post('/feedback/', { customer_id: customer.id, source: 'console', ...values }, form.key);
    toast(t('feedback.added'));
    form.drop();
    step.close();
  }, { draft: `feedback/of/${customer.id}` });
  return html`<${FormDialog} ...${{ form, step }} title=${t('feedback.add')} variant="modal"><${Rating} form=${form} />
    <${Field} form=${form} name="service_type" label=${t('field.service_type')} wide options=${services.map(value => [value, label('service', value)])} />
    <${Field} form=${form} name="comments" type="textarea" wide label=${t('field.comments')} optional />
  <//>`;
}
