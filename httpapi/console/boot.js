// Runs before anything is painted: theme, language and direction as they were chosen last.
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
