// Links that dial a number, or write to it or to an e-mail address.

const digit = /\p{Nd}/u;

// digitOf returns a decimal digit of any script as 0 to 9. Unicode has the ten digits of each script in a row.
function digitOf(letter) {
  let zero = letter.codePointAt(0);
  const value = zero;
  while (digit.test(String.fromCodePoint(zero - 1))) zero--;
  return String((value - zero) % 10);
}

// plain returns a text without invisible marks, and with ASCII digits and plus signs.
const plain = text => text.replace(/\p{Cf}/gu, '').replace(/\p{Nd}/gu, digitOf).replace(/[＋﹢]/g, '+');

const extension = /(?:\bx|\bext(?:ension)?|\bposte|\bint|#|تحويلة|داخلي)[\s.:]*(\d+)\D*$/i;

// tel returns the link that dials a customer's phone (RFC 3966), with the extension that was typed, or null if there are no digits. international
// is the number as the service reads it. Where it reads none, the link dials what was typed: of two numbers the first, and without the (0)
// of +212 (0)661…, which is for callers inside the country.
export function tel(phone, international) {
  const written = plain(phone ?? '').replace(/(\d)x/gi, '$1 x');
  const [, more] = extension.exec(written) ?? [];
  if (international) return 'tel:' + international + (more ? ';ext=' + more : '');
  let number = written.replace(extension, '');
  const [first] = number.split(/[/;,|]/);
  if (first.replace(/\D/g, '').length >= 8) number = first;
  const abroad = /^\D*(?:\+|00)/.test(number);
  if (abroad) number = number.replace(/\(\s*0\s*\)/, '');
  const digits = number.replace(/\D/g, '');
  if (!digits) return null;
  return 'tel:' + (abroad ? '+' + digits.replace(/^00/, '') : digits) + (more ? ';ext=' + more : '');
}

// whatsapp returns the link that begins a chat with an international number, or null if there is none.
export const whatsapp = international => international ? 'https://wa.me/' + international.slice(1) : null;

// mailto returns the link that writes to an e-mail address (RFC 6068), or null if there is none.
export function mailto(email) {
  const address = (email ?? '').replace(/\p{Cf}/gu, '').trim();
  const at = address.lastIndexOf('@');
  if (at < 0) return null;
  return `mailto:${encodeURIComponent(address.slice(0, at))}@${encodeURIComponent(address.slice(at + 1))}`;
}
