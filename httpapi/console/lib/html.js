// Components are written with these: htm's tagged templates, and Preact's hooks.
import { h } from '../vendor/preact.js';
import htm from '../vendor/htm.js';

export const html = htm.bind(h);
export { render, createContext, Fragment } from '../vendor/preact.js';
export { useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback, useContext, useId } from '../vendor/hooks.js';
