"""The text of the demo's index page."""

TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{{ marker }}
<title>Tocsin demo: what became of everybody</title>
<style>
:root { color-scheme: light; }
body { margin: 0; background: #fff; color: #1a1a1a;
  font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans",
    "Noto Sans CJK SC", sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 0 1rem 3rem; overflow-wrap: anywhere; }
a { color: #0b4f9e; }
a:focus-visible, [tabindex]:focus-visible { outline: 3px solid #0b4f9e; outline-offset: 2px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: .5rem; top: .5rem; background: #fff; padding: .5rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 1.25rem 0 .5rem; }
h2 { font-size: 1.35rem; margin: 2.25rem 0 .5rem; }
h3 { font-size: 1.1rem; margin: 1.5rem 0 .25rem; }
.sound, .wrong { padding: .6rem .9rem; border-inline-start: 6px solid; }
.sound { background: #eaf5ec; border-color: #1d6b34; }
.wrong { background: #fdecea; border-color: #a3201a; }
.muted { color: #444; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
caption { text-align: start; font-weight: 700; padding: .25rem 0; }
th, td { border: 1px solid #767676; padding: .35rem .5rem; text-align: start;
  vertical-align: top; overflow-wrap: break-word; }
thead th { background: #f0f0f0; }
tbody tr.sum th, tbody tr.sum td { font-weight: 700; border-top-width: 2px; }
.number, thead .number { text-align: end; font-variant-numeric: tabular-nums; }
ul { padding-inline-start: 1.5rem; }
li { margin: .3rem 0; }
dl.promises dt { font-weight: 700; margin-top: .9rem; }
dl.promises dd { margin: 0; }
summary { cursor: pointer; padding: .25rem 0; }
.name { white-space: nowrap; }
code { font: .95em ui-monospace, Consolas, monospace; }
</style>
</head>
<body>
<a class="skip" href="#text">Go to the text</a>
<main id="text" tabindex="-1">
<h1>Tocsin demo: what became of everybody</h1>
<p>A made-up shop had two incidents, and a made-up clinic one. Everybody concerned was told, or the
page says why not. All people, addresses, numbers and mailboxes are made up. The relay, the services
for text messages and pushes, and the print house are processes and folders on this machine. A planted
share of what they are asked fails.</p>
<ol>
{% for case in cases %}
<li><a href="#{{ case.id }}">{{ case.title }}</a>: {{ case.story }}</li>
{% endfor %}
</ol>
{% if sound %}
<p class="sound"><strong>Everything came out as planted</strong>, in {{ seconds }} seconds: what the
directory, the relay, the providers and the ledger say was compared person by person.</p>
{% else %}
<p class="wrong"><strong>Not everything came out as planted.</strong> What is wrong stands below,
beside the promise that it breaks.</p>
{% endif %}

<h2 id="figures">The equation</h2>
<div class="wide" role="region" aria-labelledby="figures" tabindex="0">
<table>
<thead><tr><th scope="col">People</th>{% for name in figures %}<th scope="col" class="number">{{ name }}</th>{% endfor %}</tr></thead>
<tbody>
{% for title, numbers in rows %}
<tr{% if loop.last %} class="sum"{% endif %}><th scope="row">{{ title }}</th>{% for n in numbers %}<td class="number">{{ "{:,}".format(n) }}</td>{% endfor %}</tr>
{% endfor %}
</tbody>
</table>
</div>
<p>in scope = open + reached + announced + unreachable + excluded. The left side was counted by the
directory, the right side from what happened to each person.</p>
<table>
<caption>What left</caption>
<tbody>
{% for name, count in handed_over %}
<tr><th scope="row">{{ name }}</th><td class="number">{{ "{:,}".format(count) }}</td></tr>
{% endfor %}
</tbody>
</table>

<h2 id="promises">What each promise showed</h2>
<dl class="promises">
{% for promise in promises %}
<dt>{{ promise.title }}</dt>
<dd>{{ promise.text }}
<ul>
{% for check in promise.checks %}
<li>{{ "Checked" if not promise.problems else "Wrong" }}: {{ check }}.</li>
{% endfor %}
</ul>
{% if promise.problems %}
<ul class="wrong">
{% for problem in promise.problems %}
<li>{{ problem }}</li>
{% endfor %}
</ul>
{% endif %}
</dd>
{% endfor %}
</dl>

<h2 id="planted">What was planted, and what came of it</h2>
{% for outcome in outcomes %}
<table>
<caption>{{ outcome.title }} (<a href="planted/{{ outcome.name }}.csv">everybody, by key</a>)</caption>
<thead><tr><th scope="col">Planted</th><th scope="col">Why</th><th scope="col" class="number">People</th><th scope="col" class="number">Came out so</th></tr></thead>
<tbody>
{% for fate in outcome.fates %}
<tr><th scope="row">{{ fate.state }}</th><td>{{ fate.why }}</td><td class="number">{{ "{:,}".format(fate.planted) }}</td><td class="number">{{ "{:,}".format(fate.came_out) }}</td></tr>
{% endfor %}
</tbody>
</table>
{% endfor %}
{% if retried %}
<table>
<caption>Hand-overs that had to be repeated</caption>
<thead><tr><th scope="col">Why</th><th scope="col" class="number">Times</th></tr></thead>
<tbody>
{% for reason, count in retried.items() %}
<tr><th scope="row">{{ reason.replace("_", " ") }}</th><td class="number">{{ "{:,}".format(count) }}</td></tr>
{% endfor %}
</tbody>
</table>
{% endif %}

{% for case in cases %}
<h2 id="{{ case.id }}">{{ case.title }}</h2>
<p>{{ case.story }}</p>
<p>Incident {{ case.id }}: <a href="incidents/{{ case.name }}.yaml">as it was raised</a>,
<a href="preview/{{ case.name }}.html">as its approver saw it</a>.
Of {{ "{:,}".format(case.coverage.in_scope) }} people {{ "{:,}".format(case.coverage.reached) }} were
reached ({{ case.levels | join(", ") }}), {{ "{:,}".format(case.coverage.announced) }} told by
announcement, {{ "{:,}".format(case.coverage.unreachable) }} could not be reached, and of
{{ "{:,}".format(case.coverage.excluded) }} nothing was held.</p>
<h3>How severe</h3>
<p>{{ case.band | capitalize }}, {{ case.score }} by the method of ENISA (2013).</p>
<ul>
{% for line in case.inputs %}
<li>{{ line }}</li>
{% endfor %}
</ul>
<h3>How people were told</h3>
<ul>
{% for ground in case.grounds %}
<li>{{ ground }}</li>
{% endfor %}
</ul>
<table>
<caption>As planned, in recipients</caption>
<thead><tr><th scope="col">Law</th><th scope="col" class="number">Recipients</th><th scope="col">Told</th></tr></thead>
<tbody>
{% for law, count, how in case.told %}
<tr><th scope="row" class="name">{{ law }}</th><td class="number">{{ "{:,}".format(count) }}</td><td>{{ how }}</td></tr>
{% endfor %}
</tbody>
</table>
{% if case.switch %}
<table>
<caption>What each law says of an announcement</caption>
<thead><tr><th scope="col">Law</th><th scope="col">Notices</th><th scope="col">Announcement</th><th scope="col">Why</th></tr></thead>
<tbody>
{% for each in case.switch %}
<tr><th scope="row" class="name">{{ each.law }}</th><td>{{ each.notices }}</td><td>{{ each.may }}</td><td>{{ each.why }}<br><span class="muted">{{ each.cite }}</span></td></tr>
{% endfor %}
</tbody>
</table>
{% endif %}
{% if case.alarms %}
<h3>What came up meanwhile</h3>
<ul>
{% for text in case.alarms %}
<li>{{ text }}</li>
{% endfor %}
</ul>
{% endif %}
<h3>What the public finds</h3>
<ul>
{% for title, links in case.public %}
{% if links %}
<li>{{ title }}: {% for name, path in links %}<a href="{{ path }}">{{ name }}</a>{{ ", " if not loop.last }}{% endfor %}</li>
{% endif %}
{% endfor %}
</ul>
<h3 id="{{ case.id }}-duties">What the law asks</h3>
<div class="wide" role="region" aria-labelledby="{{ case.id }}-duties" tabindex="0">
<table>
<thead><tr><th scope="col">Law</th><th scope="col">What, and to whom</th><th scope="col">Owed</th><th scope="col">Due</th><th scope="col">Clock</th><th scope="col">Met</th><th scope="col">Why</th></tr></thead>
<tbody>
{% for duty in case.duties %}
<tr><th scope="row" class="name">{{ duty.law }}</th><td>{{ duty.what }}<br><span class="muted">{{ duty.to }}</span></td><td>{{ duty.owed }}</td><td>{{ duty.due }}</td><td>{{ duty.clock }}</td><td>{{ duty.met }}</td><td>{{ duty.reason }}<br><span class="muted">{{ duty.cite }}</span></td></tr>
{% endfor %}
</tbody>
</table>
</div>
<p>{{ case.decisions }} decisions that nothing is owed were approved, each with its reason.</p>
<h3>What lies ready for authorities{{ " and the media" if case.name == "stolen-patient-records" }}</h3>
<ul>
{% for name, formats in case.reports %}
<li>{{ name }}: {% for format, path in formats %}<a href="{{ path }}">{{ format }}</a>{{ ", " if not loop.last }}{% endfor %}</li>
{% endfor %}
</ul>
{% if case.letters %}
<h3>Letters</h3>
<details><summary>{{ case.letters | length }} print folder{{ "s" if case.letters | length != 1 }}</summary>
<ul>
{% for name, files in case.letters %}
<li>{{ name }}: {% for file, path in files %}<a href="{{ path }}">{{ file }}</a>{{ ", " if not loop.last }}{% endfor %}</li>
{% endfor %}
</ul>
</details>
{% endif %}
{% endfor %}

<h2 id="texts">The texts</h2>
<p>One text per cohort: people who share law, language, kinds of data, and whether they are told for
themselves. Where a personal reference goes stands a sample.</p>
{% for title, group in texts.items() %}
<details{{ " open" if group | length < 10 }}><summary>{{ title }}: {{ group | length }} texts</summary>
<div class="wide" role="region" aria-label="Texts: {{ title }}" tabindex="0">
<table>
<thead><tr><th scope="col">Text</th><th scope="col">Law</th><th scope="col">Language</th><th scope="col">To</th><th scope="col">Kinds of data</th><th scope="col" class="number">Notices</th></tr></thead>
<tbody>
{% for text in group %}
<tr><th scope="row"><a href="texts/{{ text.stem }}.html">Cohort {{ text.cohort.id }}: <span lang="{{ text.cohort.locale }}">{{ text.subject }}</span></a><br><a href="texts/{{ text.stem }}.txt" aria-label="Cohort {{ text.cohort.id }} as plain text">plain text</a>, <a href="texts/{{ text.stem }}.eml" aria-label="Cohort {{ text.cohort.id }} as e-mail">e-mail</a></th><td class="name">{{ text.cohort.regimes | join(", ") }}</td><td class="name">{{ text.cohort.locale }}</td><td>{{ text.cohort.recipient.value }}</td><td>{{ text.cohort.kinds | map("replace", "_", " ") | join(", ") }}</td><td class="number">{{ "{:,}".format(text.notices) }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
</details>
{% endfor %}

<h2 id="files">Everything else</h2>
<ul>
<li><a href="tocsin.toml">The configuration</a>. With it you can ask the ledger yourself, in this
folder: <code>tocsin status --config tocsin.toml</code>, <code>tocsin ledger verify --config
tocsin.toml</code>.</li>
<li><a href="ledger/ledger.db">The ledger</a> (SQLite)</li>
<li><a href="people.db">The directory of made-up people</a> (SQLite)</li>
<li><a href="relay/plan.json">What the relay was planned to do</a>, and
<a href="relay/received.jsonl">what it received</a></li>
<li>What the services took over: <a href="providers/texts.jsonl">text messages</a>,
<a href="providers/pushes.jsonl">pushes</a></li>
<li><a href="returns/print-house.csv">What the print house said of the letters</a></li>
</ul>
</main>
</body>
</html>
"""  # noqa: E501  # table rows stay whole
