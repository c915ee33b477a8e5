<?php
/**
 * The figures of Thongke, asked of the daemon by the portal's own server and
 * printed as HTML: they stand in the page before any script runs, and the
 * script, if there is one, keeps them fresh.  PHP 7.1 or later, nothing else.
 *
 *   $counts = Thongke::counts('http://127.0.0.1:8080/tk', 'myloc', $_SERVER['REQUEST_URI']);
 *   echo Thongke::box($counts), Thongke::views($counts), Thongke::script('/tk', 'myloc');
 *
 * A page waits for the daemon 0.8 s at most, however many figures it asks for;
 * after that the daemon is left alone for 10 s.  What is not known is «…».
 */
final class Thongke
{
    const PATIENCE = 0.8; // seconds for all that one page asks
    const FRESH = 60;     // seconds for which a site's figures are kept
    const AWAY = 10;      // seconds for which a daemon that did not answer is left alone

    /** label and definition of each row; what has no place in ROWS is shown where it is given a label */
    const ROWS = ['online', 'today', 'week', 'total'];
    const WORDS = [
        'vi' => [
            'list' => 'Thống kê truy cập',
            'online' => ['Đang online', 'Số khách trong 5 phút gần đây'],
            'today' => ['Hôm nay', 'Số lượt truy cập từ 0 giờ hôm nay'],
            'yesterday' => ['Hôm qua', 'Số lượt truy cập ngày hôm qua'],
            'week' => ['Trong tuần', 'Số lượt truy cập từ đầu tuần'],
            'month' => ['Trong tháng', 'Số lượt truy cập từ đầu tháng'],
            'year' => ['Trong năm', 'Số lượt truy cập từ đầu năm'],
            'total' => ['Tất cả', 'Số lượt truy cập từ khi mở trang'],
            'views' => ['Lượt xem', ''],
        ],
        'en' => [
            'list' => 'Visitor statistics',
            'online' => ['Online now', 'Visitors in the last 5 minutes'],
            'today' => ['Today', 'Page views since midnight'],
            'yesterday' => ['Yesterday', 'Page views on the day before today'],
            'week' => ['This week', 'Page views since the week began'],
            'month' => ['This month', 'Page views since the month began'],
            'year' => ['This year', 'Page views since the year began'],
            'total' => ['All time', 'Page views since the site was opened'],
            'views' => ['Views', ''],
        ],
    ];

    private static $spent = 0.0;

    /**
     * What the daemon answers to /counts, as an array; null when it does not.
     * $server  where this machine finds it: http://, https:// or unix:/path
     *          followed by the base path, 'unix:/run/thongke/http.sock:/tk'
     * $page    path of the page whose views are wanted too, or ''
     * $folder  where the site's figures are kept meanwhile, for this user only
     */
    public static function counts(string $server, string $site, string $page = '', string $folder = ''): ?array
    {
        $file = ($folder ?: sys_get_temp_dir()) . '/thongke-' . md5("$server $site") . '.json';
        clearstatcache(true, $file);
        $age = is_file($file) ? time() - filemtime($file) : self::FRESH;
        $kept = $age < self::FRESH ? json_decode((string) file_get_contents($file), true) : null;
        if ($age < self::AWAY && !$kept) {
            return null;
        }
        if ($kept && $page === '') {
            return $kept;
        }
        // Who comes while this one asks takes what is there.
        if ($page === '' && is_file($file)) {
            @touch($file);
        }
        $counts = self::ask($server, $site, $page);
        if (!$counts || !$kept) {
            self::keep($file, $counts ? array_diff_key($counts, ['page' => 0]) : []);
        }
        return $counts;
    }

    /** Asked anew, whatever is kept. */
    public static function ask(string $server, string $site, string $page = ''): ?array
    {
        $start = microtime(true);
        $text = self::fetch($server, self::query($site, $page), $start + self::PATIENCE - self::$spent);
        self::$spent += microtime(true) - $start;
        return $text === null ? null : self::parse($text);
    }

    /** Below the base path. */
    public static function query(string $site, string $page = ''): string
    {
        return '/counts?site=' . rawurlencode($site) . ($page === '' ? '' : '&page=' . rawurlencode($page));
    }

    public static function parse(string $text): ?array
    {
        $counts = json_decode($text, true);
        return is_array($counts) && isset($counts['site']) ? $counts : null;
    }

    /**
     * The box.  $options:
     *   lang    'vi' or 'en'
     *   look    'plain', 'portal' or 'digits'
     *   labels  ['online' => 'Đang truy cập', 'week' => '', 'yesterday' => 'Hôm qua'];
     *           an empty one hides its row, one of yesterday, month or year adds it
     */
    public static function box(?array $counts, array $options = []): string
    {
        $lang = self::lang($options);
        $look = in_array($options['look'] ?? '', ['portal', 'digits'], true) ? $options['look'] : 'plain';
        $labels = $options['labels'] ?? [];
        $list = '';
        foreach (self::WORDS[$lang] as $name => $words) {
            $label = $labels[$name] ?? (in_array($name, self::ROWS, true) ? $words[0] : '');
            if ($name === 'list' || $name === 'views' || $label === '') {
                continue;
            }
            $list .= '<li title="' . self::escape($words[1]) . '">' . self::escape($label) . ': '
                . "<b class=\"thongke-$name\">" . self::number($counts[$name] ?? null, $lang) . "</b></li>\n";
        }
        return "<div class=\"thongke-box\" lang=\"$lang\">\n<ul class=\"thongke-list thongke-$look\" lang=\"$lang\" aria-label=\""
            . self::WORDS[$lang]['list'] . "\">\n$list</ul>\n</div>\n";
    }

    /**
     * The views of the page that $counts was asked for.
     * $path  that page, where it is another one than the page that this is printed on
     */
    public static function views(?array $counts, string $path = '', array $options = []): string
    {
        $other = $path === '' ? '' : ' data-path="' . self::escape($path) . '"';
        return "<b class=\"thongke-views\"$other>" . self::number($counts['page']['views'] ?? null, self::lang($options)) . '</b>';
    }

    /** The script, which counts the view; $settings as lang, count …: what its data attributes are called. */
    public static function script(string $base, string $site, array $settings = []): string
    {
        return '<script async src="' . self::escape($base) . '/thongke.js"' . self::attributes(['site' => $site] + $settings) . "></script>\n";
    }

    /** The looks of a box that the server prints; the script brings its own for boxes of its own. */
    public static function style(string $base): string
    {
        return '<link rel="stylesheet" href="' . self::escape($base) . "/box.css\">\n";
    }

    /** ' data-site="myloc" data-lang="en"', without what is empty. */
    public static function attributes(array $settings): string
    {
        $text = '';
        foreach ($settings as $name => $value) {
            $text .= (string) $value === '' ? '' : " data-$name=\"" . self::escape((string) $value) . '"';
        }
        return $text;
    }

    public static function number($value, string $lang = 'vi'): string
    {
        return is_int($value) ? number_format($value, 0, '', $lang === 'en' ? ',' : '.') : '…';
    }

    private static function lang(array $options): string
    {
        return ($options['lang'] ?? '') === 'en' ? 'en' : 'vi';
    }

    private static function escape(string $text): string
    {
        return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
    }

    /** The body of a 200, or null.  PHP's own time-outs begin anew with each piece that comes: this one does not. */
    private static function fetch(string $server, string $target, float $end): ?string
    {
        if (strncmp($server, 'unix:', 5) === 0) {
            [$path, $base] = explode(':', substr($server, 5), 2) + [1 => '/tk'];
            $host = 'localhost';
            $address = "unix://$path";
        } else {
            $url = parse_url($server) + ['scheme' => 'http', 'host' => '', 'path' => ''];
            $tls = $url['scheme'] === 'https';
            $host = $url['host'] . (isset($url['port']) ? ":{$url['port']}" : '');
            $base = rtrim($url['path'], '/');
            $address = ($tls ? 'tls://' : 'tcp://') . $url['host'] . ':' . ($url['port'] ?? ($tls ? 443 : 80));
        }
        $left = $end - microtime(true);
        $stream = $left > 0 ? @stream_socket_client($address, $code, $error, $left) : false;
        if (!$stream) {
            return null;
        }
        @fwrite($stream, "GET $base$target HTTP/1.0\r\nHost: $host\r\nAccept: application/json\r\n\r\n");
        stream_set_blocking($stream, false);
        $text = '';
        while (!feof($stream) && strlen($text) < 65536) {
            $left = $end - microtime(true);
            $read = [$stream];
            $none = null;
            if ($left <= 0 || !stream_select($read, $none, $none, 0, (int) ($left * 1e6))) {
                fclose($stream);
                return null;
            }
            $text .= fread($stream, 8192);
        }
        fclose($stream);
        [$head, $body] = explode("\r\n\r\n", $text, 2) + [1 => ''];
        return preg_match('~^HTTP/1\.[01] 200 ~', $head) ? $body : null;
    }

    /** Written beside and renamed: whoever reads it meanwhile reads a whole one. */
    private static function keep(string $file, array $counts): void
    {
        $new = @tempnam(dirname($file), 'thongke');
        if ($new !== false && (@file_put_contents($new, json_encode($counts)) === false || !@rename($new, $file))) {
            @unlink($new);
        }
    }
}
