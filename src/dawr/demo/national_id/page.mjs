// The pages of the demonstration's national ID: Arabic first, English beside it, no script.

const SAID = {
  ar: {
    name: 'الهوية الوطنية التجريبية',
    warning: 'هذه هوية وطنية للتجربة: كل الأشخاص هنا من صنع الخيال، ولا يلزم أي رمز سري.',
    choose: 'من أنت اليوم؟',
    chooseHint: 'اختر شخصاً لتدخل باسمه. يمكنك أن تعود وتختار غيره متى شئت.',
    confirm: 'هل تريد الدخول بهذا الاسم؟',
    surest: 'تطلب الخدمة أعلى درجات التأكد. في الواقع تضع هنا بطاقتك وتكتب رمزها، أما في التجربة فيكفي اختيارك.',
    groups: { citizens: 'مواطنون ومقيمون', staff: 'العاملون بحسب الصفة' },
    signIn: 'الدخول باسم',
    stop: 'العودة من دون دخول',
    failed: 'لم يكتمل الدخول',
    failedNext: 'ارجع إلى الموقع الذي جئت منه وابدأ الدخول من جديد.',
    reason: 'السبب بلغة المهندسين:',
    welcome: 'لا يُستعمل هذا الموقع وحده، بل يُدخلك إلى دَور.',
    open: 'افتح دَور',
    other: 'English',
  },
  en: {
    name: 'Demonstration national ID',
    warning: 'This is a demonstration national ID: invented people, and no password.',
    choose: 'Who are you today?',
    chooseHint: 'Choose a person to sign in as. You can come back and choose another at any time.',
    confirm: 'Do you want to sign in with this name?',
    surest: 'The service asks for the surest level. In life you would now hold your card and type its PIN; here a choice is enough.',
    groups: { citizens: 'Citizens and residents', staff: 'Staff, by role' },
    signIn: 'Sign in as',
    stop: 'Go back without signing in',
    failed: 'The sign-in was not completed',
    failedNext: 'Go back to the site that you came from and begin again.',
    reason: 'The reason, in engineers\' words:',
    welcome: 'This site is not used alone: it signs you in to Dawr.',
    open: 'Open Dawr',
    other: 'العربية',
  },
};

export function languageOf(preferred) {
  return (preferred ?? '').split(' ')[0].startsWith('en') ? 'en' : 'ar';
}

export function choicePage({ uid, language, people, isHinted, isSurest }) {
  const said = SAID[language];
  const title = isHinted ? said.confirm : said.choose;
  return frame({ language, title, otherAddress: `?lang=${other(language)}` }, `
    <h1>${title}</h1>
    ${isHinted ? '' : `<p>${said.chooseHint}</p>`}
    ${isSurest ? `<p class="surest">${said.surest}</p>` : ''}
    <form method="post" action="/interaction/${escape(uid)}/sign-in">
      ${isHinted ? choice(people[0], { language, isAlone: true }) : groups(people, language)}
    </form>
    <form method="post" action="/interaction/${escape(uid)}/stop"><button class="stop">${said.stop}</button></form>`);
}

export function failurePage({ language, reason }) {
  const said = SAID[language];
  return frame({ language, title: said.failed }, `
    <h1>${said.failed}</h1>
    <p>${said.failedNext}</p>
    <p class="about">${said.reason} <bdi lang="en" dir="ltr">${escape(reason)}</bdi></p>`);
}

export function welcomePage({ clientOrigin }) {
  const said = SAID.ar;
  return frame({ language: 'ar', title: said.name }, `
    <h1>${said.name}</h1>
    <p>${said.welcome}</p>
    <p lang="en" dir="ltr">${SAID.en.welcome}</p>
    <p><a href="${escape(clientOrigin)}">${said.open}</a> · <a href="${escape(clientOrigin)}" lang="en">${SAID.en.open}</a></p>`);
}

function groups(people, language) {
  const said = SAID[language];
  return Object.entries(said.groups).map(([group, name]) => `
      <h2>${name}</h2>
      <ul>${people.filter((person) => person.group === group).map((person) => `
        <li>${choice(person, { language })}</li>`).join('')}
      </ul>`).join('');
}

function choice(person, { language, isAlone = false }) {
  const [name, about] = language === 'ar' ? [person.name_ar, person.about_ar] : [person.name, person.about];
  return `<button name="person" value="${escape(person.hint)}"><span${isAlone ? '' : ' class="visually-hidden"'}>${SAID[language].signIn} </span>`
    + `<strong>${escape(name)}</strong> <span class="about">${escape(about)}</span></button>`;
}

function frame({ language, title, otherAddress }, content) {
  const said = SAID[language];
  return `<!DOCTYPE html>
<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title === said.name ? title : `${title} – ${said.name}`}</title>
  <link rel="stylesheet" href="/style.css">
  <link rel="icon" href="data:,">
</head>
<body>
  <header>
    <p class="name">${said.name}</p>
    ${otherAddress ? `<a href="${otherAddress}" lang="${other(language)}" hreflang="${other(language)}">${said.other}</a>` : ''}
  </header>
  <main>
    <p class="warning">${said.warning}</p>
    ${content}
  </main>
</body>
</html>
`;
}

function other(language) {
  return language === 'ar' ? 'en' : 'ar';
}

function escape(text) {
  return String(text).replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
