// Links that dial a number or write an e-mail, from what people have typed.

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

// tel returns the link that dials a phone number (RFC 3966), or null if it has no digits. The (0) of +212 (0)661… is dropped: it is
// for callers inside the country. Of two numbers it takes the first.
export function tel(phone) {
  const written = plain(phone ?? '').replace(/(\d)x/gi, '$1 x');
  const [, more] = extension.exec(written) ?? [];
  let number = written.replace(extension, '');
  const [first] = number.split(/[/;,|]/);
  if (first.replace(/\D/g, '').length >= 8) number = first;
  const abroad = /^\D*(?:\+|00)/.test(number);
  if (abroad) number = number.replace(/\(\s*0\s*\)/, '');
  const digits = number.replace(/\D/g, '');
  if (!digits) return null;
  return 'tel:' + (abroad ? '+' + digits.replace(/^00/, '') : digits) + (more ? ';ext=' + more : '');
}

// mailto returns the link that writes to an e-mail address (RFC 6068), or null if there is none.
export function mailto(email) {
  const address = (email ?? '').replace(/\p{Cf}/gu, '').trim();
  const at = address.lastIndexOf('@');
  if (at < 0) return null;
  return `mailto:${encodeURIComponent(address.slice(0, at))}@${encodeURIComponent(address.slice(at + 1))}`;
}
