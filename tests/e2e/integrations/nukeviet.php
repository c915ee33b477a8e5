<?php
/**
 * As much of NukeViet as the block calls.  From standard input comes
 *   { "root": where themes/default/blocks/ has the block, "config": {…}, "uri": "/vi/…", "lang": "vi", "admin": false, "post": {…}, "times": 1 }
 * and to standard output goes { "html": …, "form": …, "submitted": …, "seconds": … }.
 */
error_reporting(E_ALL);
set_error_handler(static function ($code, $message, $file, $line) {
    if (!(error_reporting() & $code)) {
        return false;
    }
    throw new ErrorException($message, 0, $code, $file, $line);
});
$world = json_decode(stream_get_contents(STDIN), true) + ['lang' => 'vi', 'admin' => false, 'post' => [], 'times' => 1];
define('NV_MAINFILE', true);
define('NV_SYSTEM', true);
define('NV_ROOTDIR', $world['root']);
define('NV_CACHEDIR', 'data/cache');
define('NV_LANG_DATA', $world['lang']);
if ($world['admin']) {
    define('NV_IS_ADMIN', true);
}
$_SERVER['REQUEST_URI'] = $world['uri'];
$global_config = ['module_theme' => 'none', 'site_theme' => 'default'];

function nv_function_exists($name) { return function_exists($name); }
function nv_htmlspecialchars($text) { return htmlspecialchars($text, ENT_QUOTES); }

$nv_Request = new class {
    public function get_title($name, $mode, $default = '') { return nv_htmlspecialchars(strip_tags($GLOBALS['world']['post'][$name] ?? $default)); }
    public function get_int($name, $mode, $default) { return (int) ($GLOBALS['world']['post'][$name] ?? $default); }
};

/** {NAME}, and «BEGIN: main.part» blocks that appear where they were parsed. */
class XTemplate
{
    private $text;
    private $values = [];
    private $parsed = [];
    public function __construct($file, $folder) { $this->text = file_get_contents("$folder/$file"); }
    public function assign($name, $value) { $this->values['{' . $name . '}'] = $value; }
    public function parse($block) { $this->parsed[] = $block; }
    public function text($block)
    {
        return strtr(preg_replace_callback('~<!-- BEGIN: (\w+) -->\n(.*?)<!-- END: \1 -->\n~s', function ($m) use ($block) {
            $inner = preg_replace_callback('~<!-- BEGIN: (\w+) -->\n(.*?)<!-- END: \1 -->\n~s', function ($part) use ($block) {
                return in_array("$block.$part[1]", $this->parsed, true) ? $part[2] : '';
            }, $m[2]);
            return in_array($m[1], $this->parsed, true) ? $inner : '';
        }, $this->text), $this->values);
    }
}

$block_config = $world['config'];
$start = microtime(true);
$html = '';
for ($i = 0; $i < $world['times']; $i++) {
    $content = '';
    include NV_ROOTDIR . '/themes/default/blocks/global.thongke.php';
    $html .= $content;
}
echo json_encode([
    'html' => $html,
    'form' => nv_thongke_config('theme', $world['config']),
    'submitted' => nv_thongke_config_submit('theme'),
    'seconds' => microtime(true) - $start,
]);
