// Runs before the first paint: sets the theme, the language and the direction that were chosen last.
(() => {
  const stored = name => {
    try { return localStorage.getItem('crm.' + name); } catch { return null; }
  };
  const root = document.documentElement;
  if (stored('theme')) root.dataset.theme = stored('theme');
  const known = ['fr', 'en', 'ar'];
  const wanted = [stored('language'), ...navigator.languages.map(l => l.slice(0, 2))];
  root.lang = wanted.find(l => known.includes(l)) || 'fr';
  root.dir = root.lang === 'ar' ? 'rtl' : 'ltr';
})();
