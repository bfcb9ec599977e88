// Shows a notice that Tocsin pushed, and says that it was shown. For the site of the organisation:
// put it beside your own pages, and write the public address of `tocsin returns listen` below.
const RETURNS = "https://returns.example.com";

self.addEventListener("push", (event) => {
  const notice = event.data.json(); // {title, body, lang, reference, code}
  const shown = self.registration.showNotification(notice.title, {
    body: notice.body,
    lang: notice.lang,
    tag: notice.reference, // a repeat replaces it
  });
  event.waitUntil(shown.then(() => fetch(`${RETURNS}/receipts/${notice.code}`, { method: "POST" })));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow("/")); // no link comes with a notice: people find it here
});
