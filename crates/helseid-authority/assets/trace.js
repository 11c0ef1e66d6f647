// Requests as they come: server-sent events, each a row at the top.

const MOST = 200;
const table = document.querySelector("[data-live]");
const status = document.querySelector("[data-live-status]");
const template = document.querySelector("[data-row]");
let came = 0;

function row(entry) {
  const part = template.content.firstElementChild.cloneNode(true);
  const [link, place, client, login, outcome, about] = [...part.children].map((cell) => cell.firstElementChild);
  link.href = `${table.dataset.live}/${entry.id}`;
  link.textContent = new Date(entry.at * 1000).toISOString().slice(0, 19).replace("T", " ") + " UTC";
  place.textContent = entry.grant ? `${entry.endpoint} (${entry.grant})` : entry.endpoint;
  if (entry.login) {
    login.href = `${table.dataset.live}/logins/${entry.login}`;
    login.firstElementChild.textContent = entry.login.slice(0, 8);
  } else login.remove();
  client.textContent = entry.client_id ?? client.dataset.unknown;
  outcome.textContent = outcome.getAttribute(`data-${entry.outcome}`);
  outcome.classList.add(entry.outcome);
  about.textContent = entry.rule ?? entry.scope ?? "";
  return part;
}

if (table.dataset.live) {
  const wanted = new URLSearchParams(location.search);
  const query = [...wanted].filter(([name, value]) => value && ["client", "login", "outcome"].includes(name));
  const live = new EventSource(`${table.dataset.live}/live?${new URLSearchParams(query)}`);
  live.onopen = () => (status.textContent = status.dataset.listening);
  live.onerror = () => {
    status.textContent = status.dataset.lost;
    // It is refused, and not only broken: the session has ended. The page then leads to where one signs in.
    if (live.readyState === EventSource.CLOSED) location.reload();
  };
  live.onmessage = (event) => {
    const body = table.tBodies[0];
    body.prepend(row(JSON.parse(event.data)));
    while (body.rows.length > MOST) body.lastElementChild.remove();
    document.querySelector("[data-empty]")?.remove();
    came += 1;
    status.textContent = `${status.dataset.came}: ${came}`;
  };
}
