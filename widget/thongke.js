/*! Thongke: counts this view of the page, once, and shows the figures. ES5, no dependency, no cookie. */
;(function(win, doc, nav) {
	'use strict'

	var LABELS = {
		online: ['Đang online', 'Số khách khác nhau có mặt trong 5 phút gần đây'],
		today: ['Hôm nay', 'Số lượt truy cập từ 0 giờ hôm nay'],
		week: ['Trong tuần', 'Số lượt truy cập từ đầu tuần đến nay'],
		total: ['Tất cả', 'Số lượt truy cập từ khi mở trang đến nay'],
	}
	var HOOKS = '[data-thongke],[class*=thongke-]'
	var HOOK  = /(?:^|\s)thongke-(box|online|today|yesterday|week|month|year|total|views)(?:\s|$)/
	// Never smaller than can be read, whatever the page says of its divs.
	var STYLE = 'ul{margin:0;padding:0 0 0 1.3em;font-size:max(1em,12px);line-height:1.6;text-align:left}'

	// Milliseconds: a visit ends, a view is given up, the figures are painted anew.
	var VISIT = 18e5, GIVE_UP = 6e5, REPAINT = 6e5

	var script = doc.currentScript || doc.querySelector('script[src*=thongke]')
	if (!script || win.thongke && win.thongke.site)
		return

	var src = script.src,
		site = setting('site'),
		base = setting('api') || src.split('?')[0].replace(/\/[^\/]*$/, ''),
		key = 'thongke.' + site,
		figures = {},
		next = 120,    // seconds between two heartbeats; 0: refused, nothing more is sent
		used = 0,      // when this page last sent anything
		painted = 0,   // when figures from the daemon were last painted
		viewed = 0,    // when the view began; 0: not seen yet
		view,          // what the view sends, until it is answered
		pause,         // milliseconds to the next try
		busy, timer

	win.thongke = {site: site}

	// A setting of the script tag, as an attribute or in the query of its src.
	function setting(name) {
		var found = RegExp('[?&]' + name + '=([^&#]*)').exec(src)
		return script.getAttribute('data-' + name) || (found ? decodeURIComponent(found[1]) : '')
	}

	function now() {
		return +new Date
	}

	function day(time) {
		return new Date(+time).toDateString()
	}

	// 64 random bits as 16 hexadecimal digits.
	function random() {
		var bytes, hex = '', i = 0
		try { bytes = crypto.getRandomValues(new Uint8Array(8)) } catch (e) {}
		for (; i < 8; i++)
			hex += (256 | (bytes ? bytes[i] : Math.random() * 256)).toString(16).slice(1)
		return hex
	}

	// What the device keeps: [, token, when it was last used]; nothing where storage is denied.
	function kept() {
		try { return /^(\w{16}) (\d+)$/.exec(localStorage[key]) || [] } catch (e) { return [] }
	}

	// The visitor's token, its use noted: the other tabs see that they need not send a heartbeat.
	// A new one with the first view of a day, but not in the middle of a visit.
	function visitor(type) {
		var old = kept(), token = old[1]
		used = now()
		try {
			if (nav.globalPrivacyControl || nav.doNotTrack == 1)
				delete localStorage[key]
			else {
				if (!token || type == 'view' && day(old[2]) != day(used) && used - old[2] > VISIT)
					token = random()
				localStorage[key] = token + ' ' + used
				return token
			}
		} catch (e) {}
		return ''
	}

	// Milliseconds to the next heartbeat, whichever tab sent the last one.
	function due() {
		return next * 1000 - Math.abs(now() - Math.max(used, kept()[2] || 0))
	}

	function parameters(type) {
		return 'site=' + site + '&type=' + type + '&visitor=' + visitor(type) + '&id=' + random() +
			'&ref=' + (doc.referrer.split('/')[2] || '') + (nav.webdriver ? '&robot=1' : '') +
			'&page=' + encodeURIComponent(setting('path') || location.pathname + location.search + location.hash)
	}

	// A string goes as text/plain, and so without a preflight.
	function send(body) {
		var xhr = busy = new XMLHttpRequest
		xhr.open('POST', base + '/hit')
		xhr.timeout = 1e4
		xhr.onreadystatechange = function() {
			var data
			if (xhr.readyState < 4)
				return
			busy = 0
			if (xhr.status == 200)
				try { data = JSON.parse(xhr.responseText) } catch (e) {}
			answered(data, xhr.status, xhr.status == 503 && xhr.getResponseHeader('Retry-After'))
		}
		xhr.send(body)
	}

	function answered(data, status, wait) {
		if (data) {
			view = 0
			figures = data
			next = data.next || next
			if (now() - painted >= REPAINT) {
				painted = data.stale ? 0 : now()
				paint(doc)
			}
			try { doc.dispatchEvent(new CustomEvent('thongke:update', {detail: data})) } catch (e) {}
		} else if (status > 399 && status < 500)
			view = next = 0
		if (view) {
			later(Math.max(pause, wait * 1000 || 0), pause)
			pause *= 2
		} else
			tick()
	}

	// Calls tick after wait and up to an eighth more, so that tabs and visitors do not all come at once.
	function later(wait, step) {
		timer = setTimeout(tick, wait + Math.random() * step / 8)
	}

	// Sends the view, again if need be, or a heartbeat, or waits until one is due.
	function tick() {
		clearTimeout(timer)
		if (busy || !next)
			return
		if (now() - viewed > GIVE_UP)
			view = 0
		if (view)
			send(view)
		else if (!doc.hidden) {
			if (due() > 0)
				later(due(), next * 1000)
			else
				send(parameters('beat'))
		}
	}

	// The page is shown, for the first time or again, or the network is back.
	function wake(event) {
		if (doc.prerendering || doc.hidden)
			return
		if (!viewed) {
			viewed = now()
			pause = 15e3
			view = parameters('view')
			tick()
		} else if (!view) {
			painted = due() > 0 ? now() : 0
			paint(doc)
			tick()
		} else if (event.type == 'online')
			tick()
	}

	// The page is left: a view without an answer goes once more, with the same id.
	function leave() {
		if (view && nav.sendBeacon)
			nav.sendBeacon(base + '/hit', view)
	}

	// A figure that is not known leaves what stands.
	function write(element, value) {
		var text = typeof value == 'number' ? (value + '').replace(/\B(?=(\d{3})+$)/g, '.') : element.textContent || '…'
		if (element.textContent != text)
			element.textContent = text
	}

	function paint(root) {
		if (doc.readyState == 'loading')   // a box that is not whole yet may have places of its own
			return
		[].forEach.call(root.querySelectorAll(HOOKS), function(element) {
			var own = element.getAttribute('data-thongke'),
				name = (HOOK.exec(own ? 'thongke-' + own : element.getAttribute('class')) || [])[1]
			if (name == 'box') {
				// One without places of its own gets the list.
				if (!element.shadowRoot && !element.querySelector(HOOKS))
					fill(element)
				paint(element.shadowRoot || element)
			} else if (name && !element.getAttribute('data-path'))
				write(element, (name == 'views' ? figures.page || {} : figures)[name])
		})
	}

	function fill(box) {
		var list = doc.createElement('ul'), name, item
		list.lang = 'vi'
		list.setAttribute('aria-label', 'Thống kê truy cập')
		for (name in LABELS) {
			item = list.appendChild(doc.createElement('li'))
			item.title = LABELS[name][1]
			item.textContent = LABELS[name][0] + ': '
			item.appendChild(doc.createElement('b')).setAttribute('data-thongke', name)
		}
		try {
			box = box.attachShadow({mode: 'open'})
			;(box.adoptedStyleSheets = [new CSSStyleSheet])[0].replaceSync(STYLE)
		} catch (e) {
			box.textContent = ''
		}
		box.appendChild(list)
	}

	paint(doc)
	doc.addEventListener('DOMContentLoaded', function() { paint(doc) })
	doc.addEventListener('visibilitychange', wake)
	doc.addEventListener('prerenderingchange', wake)
	win.addEventListener('online', wake)
	win.addEventListener('pageshow', function(event) { event.persisted && wake(event) })
	win.addEventListener('pagehide', leave)
	wake()
})(window, document, navigator)
