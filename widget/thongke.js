// Counts this view of the page, once, and shows the figures.  ES5, no dependency, no cookie.
// README says what it does; what it weighs is a test: 2,048 bytes on the wire.
;(function(win, doc, nav) {
	// Milliseconds: a visit ends, a view is given up, the figures are painted anew; and from UTC to Vietnam.
	var VISIT = 18e5, GIVE_UP = 6e5, REPAINT = 6e5, DAY = 864e5, EAST = 252e5

	var script = doc.currentScript || doc.querySelector('script[src*=thongke]')
	if (!script || (win.thongke || 0).view)
		return

	var settings = {lang: 'vi', look: 'plain'},
		figures = {},  // as the daemon said last
		words,         // of the list, likewise
		queue = [],    // views that are not answered yet: [body, when it began]
		next = 120,    // seconds between two heartbeats; 0: refused, nothing more is sent
		painted = 0,   // when figures from the daemon were last painted
		viewed,        // the page whose view was begun last
		live,          // paint each answer: there is a button that stops it
		pause,         // milliseconds before the last try; the first retry is not sooner than the daemon's Retry-After
		busy, timer, push

	// The script's settings: its attributes, and the query of its src.
	script.src.replace(/[?&](\w+)=([^&#]*)/g, function(all, name, value) {
		settings[name] = decodeURIComponent(value)
	})
	for (var name in script.dataset)
		settings[name] = script.dataset[name]

	var key = 'thongke.' + settings.site,
		base = settings.api || script.src.replace(/\/[^\/]*(\?.*)?$/, ''),
		page = settings.path || address(),
		store, mute

	// Of the address what tells one page from another: of the fragment only the route of a single-page portal.
	function address() {
		return (location.pathname + location.search + location.hash).replace(/#(?!!?\/).*/, '')
	}

	var now = Date.now

	// 64 random bits as 16 hexadecimal digits: to tell apart, not to keep a secret.
	function random() {
		var hex = ''
		while (!hex[15])
			hex += (Math.random() * 16 | 0).toString(16)
		return hex
	}

	function day(time) {
		return (+time + EAST) / DAY | 0
	}

	// What is kept: the visitor's token, and when it was last used.
	function kept() {
		return (store[key] || ' ').split(' ')
	}

	// The token, its use noted: the other tabs see that they need not send a heartbeat.
	// A new one with the first view of a day, but not in the middle of a visit.
	function visitor(beat) {
		var old = kept(), token = old[0], time = now()
		if (store.setItem && (!token || !beat && day(old[1]) != day(time) && time - old[1] > VISIT))
			token = random()
		store[key] = token + ' ' + time
		return token
	}

	function parameter(page) {
		return '&page=' + encodeURIComponent(page)
	}

	function parameters(beat) {
		return 'site=' + settings.site + beat + '&visitor=' + visitor(beat) + '&id=' + random() +
			'&ref=' + (doc.referrer.split('/')[2] || '') + (nav.webdriver ? '&robot=1' : '') + (mute ? '&off=1' : '') +
			(words ? '' : '&list=' + settings.lang) + parameter(page)
	}

	// done(data, xhr), without data if it failed.  A string goes as text/plain, and so without a preflight.
	function request(path, body, done) {
		var xhr = new XMLHttpRequest
		xhr.open(body ? 'POST' : 'GET', base + path)
		xhr.timeout = 1e4
		xhr.onreadystatechange = function() {
			var data
			if (xhr.readyState > 3) {
				if (xhr.status == 200)
					try { data = JSON.parse(xhr.responseText) } catch (e) {}
				done(data, xhr)
			}
		}
		xhr.send(body)
	}

	function send(hit) {
		busy = 1
		request('/hit', hit[0], function(data, xhr) {
			busy = 0
			if (data || /^4.[0-7]/.test(xhr.status)) {   // not 408 nor 429, which pass
				if (hit == queue[0])
					queue.shift()
				next = data && data.next
			} else if (queue[0])
				return later(pause *= 2)
			tick()
			if (data && !queue[0]) {
				words = data.list || words
				if (live || now() - painted >= REPAINT) {
					figures = data
					painted = data.stale || now()
					paint(doc)
				}
				doc.dispatchEvent(new CustomEvent('thongke:update', {detail: data}))   // last: Internet Explorer has none
			}
		})
	}

	// Calls tick after that time and up to an eighth more, so that tabs and visitors do not all come at once.
	function later(wait) {
		timer = setTimeout(tick, wait + Math.random() * wait / 8)
	}

	// Sends the view, again if need be, or a heartbeat, or waits until one is due, whichever tab sent the last one.
	function tick() {
		var due = next * 1000 - Math.abs(now() - kept()[1])
		clearTimeout(timer)
		while (queue[0] && now() - queue[0][1] > GIVE_UP)
			queue.shift()
		if (!busy && next && (queue[0] || !doc.hidden)) {
			if (!queue[0] && due > 0)
				later(due)
			else
				send(queue[0] || [parameters('&type=beat')])
		}
	}

	// The page is shown, for the first time or again, or another page in its place, or the network is back.
	function wake() {
		if (doc.hidden)
			return
		painted = 0
		if (viewed != page) {
			figures.page = viewed && {views: '…'}
			viewed = page
			pause = 7500
			next = next || 120
			queue.push([parameters(''), now()])
		}
		paint(doc)
		tick()
	}

	function route() {
		page = address()
		wake()
	}

	// The page is left: views without an answer go once more, with the same ids.
	function leave() {
		queue.forEach(function(view) {
			nav.sendBeacon(base + '/hit', view[0])
		})
	}

	// ---- the page

	function each(root, name, act) {
		[].forEach.call(root.querySelectorAll('[data-thongke=' + name + '],.thongke-' + name), act)
	}

	// A figure that is not known leaves what stands.
	function write(element, value) {
		var text = value === +value ? (value + '').replace(/\B(?=(\d{3})+$)/g, settings.lang == 'en' ? ',' : '.') : value == '…' && value
		if (text && text != element.textContent)
			element.textContent = text
	}

	function paint(root) {
		if (doc.readyState == 'loading')   // a box that is not whole yet may have places of its own
			return
		each(root, 'box', function(box) {
			if (words && !box.shadowRoot && !box.querySelector('[data-thongke],[class*=thongke-]'))
				fill(box)
			if (box.shadowRoot)
				paint(box.shadowRoot)
		})
		for (name in figures)
			each(root, name, function(element) {
				write(element, figures[name])
			})
		if (viewed)
			list(root)
	}

	// The views of this page, and of those that a list links to, which are read once.
	function list(root) {
		var asked = [], query = ''
		each(root, 'views', function(element) {
			var path = element.dataset.path
			if (!path)
				write(element, (figures.page || 0).views)
			else if (element.thongke != path && query.length < 4e3) {
				element.thongke = path
				asked.push(element)
				query += parameter(path)
			}
		})
		if (query)
			request('/counts?site=' + settings.site + query, 0, function(data) {
				if (data) {
					asked.forEach(function(element, i) {
						write(element, (data.pages || [data.page])[i].views)
					})
					list(root)
				}
			})
	}

	function element(parent, tag, text) {
		var child = parent.appendChild(doc.createElement(tag))
		child.textContent = text
		return child
	}

	function fill(box) {
		var ul, link, button, root = box, own = box.dataset
		try {
			root = box.attachShadow({mode: 'open'})
		} catch (e) {
			box.textContent = ''
		}
		link = element(root, 'link')
		link.rel = 'stylesheet'
		link.href = base + '/box.css'
		ul = element(root, 'ul')
		ul.className = 'thongke-list thongke-' + (own.look || settings.look)
		ul.lang = settings.lang
		ul.setAttribute('aria-label', words.label)
		words.rows.forEach(function(row) {
			var name = row[0], label = name in own ? own[name] : name in settings ? settings[name] : row[1], li
			if (label) {
				li = element(ul, 'li', label + ': ')
				li.title = row[2]
				element(li, 'b', '…').setAttribute('data-thongke', name)
			}
		})
		if (settings.live == 1) {
			live = 1
			button = element(element(ul, 'li'), 'button', words.pause)
			button.type = 'button'
			button.onclick = function() {
				live = !live
				button.textContent = live ? words.pause : words.resume
			}
		}
	}

	win.thongke = {
		view: function(path) {
			page = path
			viewed = 1
			wake()
		}
	}

	// The device keeps what is asked for: nothing where that is denied, or where a reader is not to be tracked.
	try {
		store = localStorage
		store[key] = store[key] || ' '
	} catch (e) {
		store = {}
	}
	if (/^#thongke-o/.test(location.hash))
		store.thongke = location.hash
	mute = settings.count == '0' || store.thongke == '#thongke-off'
	if (nav.globalPrivacyControl || nav.doNotTrack == 1) {
		delete store[key]
		store = {}
	}

	if (settings.spa == 1) {
		push = history.pushState
		history.pushState = function() {
			push.apply(history, arguments)
			route()
		}
		win.addEventListener('popstate', route, true)
		new MutationObserver(function() { paint(doc) }).observe(doc, {childList: true, subtree: true})
	}
	// On its way down to where it happens, every event passes the window.
	'DOMContentLoaded visibilitychange online'.split(' ').forEach(function(type) {
		win.addEventListener(type, wake, true)
	})
	win.addEventListener('pagehide', leave)
	wake()
})(window, document, navigator)
