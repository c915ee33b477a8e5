<?php
/**
 * As much of WordPress as the plugin calls.  From standard input comes
 *   { "version": "6.5", "home": "https://…", "option": {…}, "state": {…}, "steps": [[what, …], …] }
 * and to standard output goes { "results": [what each step printed or gave back], "seconds": [its time], "log": {…} }.
 */
error_reporting(E_ALL);
set_error_handler(static function ($code, $message, $file, $line) {
    if (!(error_reporting() & $code)) {
        return false;
    }
    throw new ErrorException($message, 0, $code, $file, $line);
});
define('ABSPATH', __DIR__ . '/');

$world = json_decode(stream_get_contents(STDIN), true) + ['version' => '6.5', 'home' => 'https://portal.example.vn', 'option' => [], 'state' => [], 'steps' => []];
$state = $world['state'] + ['singular' => false, 'can' => [], 'post' => 0, 'queried' => 0, 'preview' => false, 'feed' => false];
$hooks = $shortcodes = $blocks = $widgets = $scripts = $styles = $transients = $settings = $fields = $sections = [];
$log = ['remote' => [], 'transients' => [], 'errors' => [], 'queries' => [], 'deleted' => [], 'blogs' => []];

// ---- hooks
function add_filter($hook, $call, $priority = 10, $count = 1) { $GLOBALS['hooks'][$hook][] = [$call, $count]; return true; }
function add_action($hook, $call, $priority = 10, $count = 1) { return add_filter($hook, $call, $priority, $count); }
function apply_filters($hook, $value, ...$more)
{
    foreach ($GLOBALS['hooks'][$hook] ?? [] as [$call, $count]) {
        $value = $call(...array_slice([$value, ...$more], 0, $count));
    }
    return $value;
}
function do_action($hook, ...$args)
{
    foreach ($GLOBALS['hooks'][$hook] ?? [] as [$call, $count]) {
        $call(...array_slice($args, 0, $count));
    }
}
function add_shortcode($tag, $call) { $GLOBALS['shortcodes'][$tag] = $call; }
function register_block_type($folder, $args) { $GLOBALS['blocks'][json_decode(file_get_contents("$folder/block.json"), true)['name']] = $args; }
function get_block_wrapper_attributes() { return 'class="wp-block-thongke-box"'; }
function register_widget($class) { $GLOBALS['widgets'][$class] = new $class(); }

// ---- what is asked of the page
function is_singular($type = '') { return $GLOBALS['state']['singular'] && ($type === '' || $type === 'post'); }
function is_admin() { return $GLOBALS['state']['admin'] ?? false; }
function is_feed() { return $GLOBALS['state']['feed']; }
function is_preview() { return $GLOBALS['state']['preview']; }
function is_customize_preview() { return false; }
function in_the_loop() { return true; }
function is_main_query() { return true; }
function is_multisite() { return $GLOBALS['state']['multisite'] ?? false; }
function current_user_can($what) { return in_array($what, $GLOBALS['state']['can'], true); }
function get_the_ID() { return $GLOBALS['state']['post'] ?: false; }
function get_queried_object_id() { return $GLOBALS['state']['queried']; }
function get_permalink($post) { return $GLOBALS['world']['home'] . "/tin/bai-$post/"; }
function wp_make_link_relative($link) { return preg_replace('~^https?://[^/]+~', '', $link); }
function home_url() { return $GLOBALS['world']['home']; }
function admin_url($path) { return home_url() . "/wp-admin/$path"; }
function get_locale() { return $GLOBALS['state']['locale'] ?? 'vi'; }
function get_bloginfo($what) { return $what === 'version' ? $GLOBALS['world']['version'] : ''; }

// ---- options, transients, HTTP
function get_option($name, $default = false) { return $name === 'thongke' ? $GLOBALS['world']['option'] : $default; }
function delete_option($name) { $GLOBALS['log']['deleted'][] = $name; return true; }
function get_transient($key) { return $GLOBALS['transients'][$key] ?? false; }
function set_transient($key, $value, $seconds)
{
    $GLOBALS['transients'][$key] = $value;
    $GLOBALS['log']['transients'][] = [$key, $seconds];
    return true;
}
class WP_Error {}
function is_wp_error($it) { return $it instanceof WP_Error; }
function wp_remote_get($url, $args)
{
    $GLOBALS['log']['remote'][] = ['url' => $url, 'timeout' => $args['timeout'], 'redirection' => $args['redirection']];
    $context = stream_context_create(['http' => ['timeout' => $args['timeout'], 'ignore_errors' => true, 'follow_location' => 0]]);
    $body = @file_get_contents($url, false, $context);
    return $body === false ? new WP_Error() : ['code' => (int) explode(' ', $http_response_header[0])[1], 'body' => $body];
}
function wp_remote_retrieve_response_code($response) { return $response['code']; }
function wp_remote_retrieve_body($response) { return $response['body']; }
$wpdb = new class {
    public $options = 'wp_options';
    public function prepare($query, ...$values) { return vsprintf(str_replace('%s', "'%s'", $query), $values); }
    public function esc_like($text) { return addcslashes($text, '_%\\'); }
    public function query($query) { $GLOBALS['log']['queries'][] = $query; }
};
function get_sites($args) { return [1, 2]; }
function switch_to_blog($id) { $GLOBALS['log']['blogs'][] = $id; }
function restore_current_blog() {}

// ---- scripts and styles
function wp_enqueue_script($name, $src, $deps, $version, $args) { $GLOBALS['scripts'][$name] = compact('src', 'version', 'args'); }
function wp_enqueue_style($name, $src, $deps, $version) { $GLOBALS['styles'][$name] = $src; }
/** As WordPress prints them: async is its own since 6.3, and ?ver= unless the version is null. */
function print_scripts()
{
    foreach ($GLOBALS['scripts'] as $name => $it) {
        $async = is_array($it['args']) && version_compare(get_bloginfo('version'), '6.3', '>=') ? ' async data-wp-strategy="async"' : '';
        $src = $it['src'] . ($it['version'] === null ? '' : '?ver=6');
        echo apply_filters('script_loader_tag', "<script src='" . esc_attr($src) . "' id='$name-js'$async></script>\n", $name, $src);
    }
    foreach ($GLOBALS['styles'] as $name => $src) {
        echo "<link rel='stylesheet' id='$name-css' href='" . esc_attr($src) . "' media='all' />\n";
    }
}

// ---- escaping, settings
function esc_attr($text) { return htmlspecialchars((string) $text, ENT_QUOTES, 'UTF-8', false); }
function esc_html($text) { return esc_attr($text); }
function esc_url($text) { return esc_attr($text); }
function sanitize_text_field($text) { return trim(preg_replace('/\s+/', ' ', strip_tags($text))); }
function selected($a, $b, $echo) { return $a === $b ? " selected='selected'" : ''; }
function __return_false() { return false; }
function register_setting($group, $name, $args) { $GLOBALS['settings'][$name] = $args; }
function add_options_page($title, $menu, $capability, $slug, $call) { $GLOBALS['log']['page'] = [$capability, $slug]; }
function add_settings_section($id, $title, $call, $page) { $GLOBALS['sections'][] = $id; }
function add_settings_field($id, $title, $call, $page, $section, $args) { $GLOBALS['fields'][] = [$title, $call, $args]; }
function add_settings_error($setting, $code, $message) { $GLOBALS['log']['errors'][] = [$code, $message]; }
function settings_fields($group) { echo "<input type='hidden' name='_wpnonce' value='nonce-of-$group-options'>"; }
function do_settings_sections($page)
{
    foreach ($GLOBALS['fields'] as [$title, $call, $args]) {
        echo "<label for='$args[label_for]'>$title</label>";
        $call($args);
    }
}
function submit_button() { echo '<button>Save</button>'; }
class WP_Widget
{
    public $id_base;
    public function __construct($id, $name, $options) { $this->id_base = $id; }
    public function get_field_id($name) { return "widget-thongke-2-$name"; }
    public function get_field_name($name) { return "widget-thongke[2][$name]"; }
}

// ---- the steps
$plugin = dirname(__DIR__, 3) . '/widget/integrations/wordpress/thongke';
if (($world['steps'][0][0] ?? '') === 'uninstall') {
    define('WP_UNINSTALL_PLUGIN', 'thongke/thongke.php');
    require "$plugin/uninstall.php";
    echo json_encode(['log' => $log]);
    exit;
}
require "$plugin/thongke.php";
do_action('init');
do_action('widgets_init');

$run = [
    'shortcode' => static function ($tag, $attributes) { return $GLOBALS['shortcodes'][$tag]($attributes ?: ''); },
    'block' => static function ($attributes) { return $GLOBALS['blocks']['thongke/box']['render_callback']($attributes, '', null); },
    'widget' => static function ($instance) {
        $args = ['before_widget' => '<section>', 'after_widget' => '</section>', 'before_title' => '<h2>', 'after_title' => '</h2>'];
        $GLOBALS['widgets']['Thongke_Widget']->widget($args, $instance);
    },
    'widget form' => static function ($instance) { $GLOBALS['widgets']['Thongke_Widget']->form($instance); },
    'widget update' => static function ($new) { return $GLOBALS['widgets']['Thongke_Widget']->update($new, []); },
    'action' => 'do_action',
    'filter' => 'apply_filters',
    'call' => static function ($name, ...$args) { return $name(...$args); },
    'save' => static function ($input) { return $GLOBALS['settings']['thongke']['sanitize_callback']($input); },
    'state' => static function ($change) { $GLOBALS['state'] = $change + $GLOBALS['state']; },
];
$results = $seconds = [];
foreach ($world['steps'] as [$what, $arguments]) {
    $start = microtime(true);
    ob_start();
    $value = $run[$what](...$arguments);
    $printed = ob_get_clean();
    $results[] = $value ?? $printed;
    $seconds[] = microtime(true) - $start;
}
echo json_encode(['results' => $results, 'seconds' => $seconds, 'log' => $log, 'hooks' => array_keys($hooks), 'shortcodes' => array_keys($shortcodes), 'scripts' => $scripts]);
