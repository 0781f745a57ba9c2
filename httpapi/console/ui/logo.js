import { html } from '../lib/html.js';

const address = new URL('../icon.svg', import.meta.url).href;

export const Logo = () => html`<img src=${address} alt="" />`;
