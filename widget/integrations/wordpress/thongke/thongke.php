<?php
/**
 * Plugin Name: Thongke
 * Description: Thống kê truy cập: ô «Đang online, Hôm nay, Trong tuần, Tất cả» và «Lượt xem» của bài viết. Visitor statistics: the box and the views of an article.
 * Version: 1.0.0
 * Requires at least: 5.8
 * Requires PHP: 7.2
 * License: MIT
 * Text Domain: thongke
 */

defined('ABSPATH') || exit;

if (!class_exists('Thongke', false)) {
    require __DIR__ . '/thongke-figures.php';
}
require __DIR__ . '/settings.php';
require __DIR__ . '/widget.php';

const THONGKE_DEFAULTS = [
    'site' => '',      // as in the daemon's configuration
    'base' => '/tk',   // where browsers find the daemon
    'server' => '',    // where this server finds it; '': the same
    'look' => 'plain',
    'lang' => 'vi',    // vi, en, page: as WordPress has it there
    'where' => 'all',  // pages that count: all, singular, box: those that show figures
    'views' => '',     // «Lượt xem» of posts by itself: '', before, after
    'staff' => '0',    // whether the views of those who write here are counted
];

add_action('init', 'thongke_init');
add_action('wp_enqueue_scripts', 'thongke_scripts');
add_filter('script_loader_tag', 'thongke_script_tag', 10, 2);
add_filter('the_content', 'thongke_content');
add_action('widgets_init', 'thongke_widgets');

function thongke_init()
{
    add_shortcode('thongke', 'thongke_shortcode');
    add_shortcode('thongke_views', 'thongke_views_shortcode');
    register_block_type(__DIR__ . '/block', ['render_callback' => 'thongke_block']);
}

function thongke_options(): array
{
    return array_merge(THONGKE_DEFAULTS, array_intersect_key((array) get_option('thongke', []), THONGKE_DEFAULTS));
}

/** Where browsers find the daemon.  WordPress would put its own folder before an address that begins with «/». */
function thongke_base(): string
{
    $base = thongke_options()['base'];
    if (!preg_match('~^/(?!/)~', $base)) {
        return $base;
    }
    return preg_match('~^https?://[^/]+~', home_url(), $origin) ? $origin[0] . $base : $base;
}

/** 'vi' or 'en'. */
function thongke_lang(): string
{
    $lang = thongke_options()['lang'];
    return $lang === 'page' ? (strncmp(get_locale(), 'vi', 2) === 0 ? 'vi' : 'en') : $lang;
}

// ---- the script

function thongke_scripts()
{
    $where = thongke_options()['where'];
    if ($where === 'all' || ($where === 'singular' && is_singular())) {
        thongke_use_script();
    }
}

/** Called while the page is made, too: what comes after the head goes to the foot. */
function thongke_use_script()
{
    if (thongke_options()['site'] === '' || is_admin() || is_feed()) {
        return;
    }
    // The array is of WordPress 6.3; before that the last argument was «in the foot», and async is added below.
    $how = version_compare(get_bloginfo('version'), '6.3', '>=') ? ['strategy' => 'async', 'in_footer' => true] : true;
    wp_enqueue_script('thongke', thongke_base() . '/thongke.js', [], null, $how);
}

function thongke_script_tag($tag, $handle)
{
    if ($handle !== 'thongke') {
        return $tag;
    }
    $options = thongke_options();
    $add = Thongke::attributes([
        'site' => $options['site'],
        'lang' => thongke_lang() === 'vi' ? '' : thongke_lang(),
        'look' => $options['look'] === 'plain' ? '' : $options['look'],
        'count' => thongke_counts_here() ? '' : '0',
    ]);
    // The one tag with an address; what others have put before or after it stays.
    return preg_replace_callback('~<script\b([^>]*\ssrc=[^>]*)>~', static function ($m) use ($add) {
        $async = preg_match('~\sasync(?=[\s=>]|$)~', $m[1]) ? '' : ' async';
        return "<script$async$add$m[1]>";
    }, $tag, 1);
}

/** Whether this view is a reader's: not that of a draft, nor of those who write here. */
function thongke_counts_here(): bool
{
    return !is_preview() && !is_customize_preview() && (thongke_options()['staff'] === '1' || !current_user_can('edit_posts'));
}

// ---- the figures

/**
 * What the daemon tells, kept for a minute; null when it does not answer.
 * A page waits for it a second at most: once it was slow or away it is left
 * alone, by this page to its end and by the next ones for ten seconds.
 */
function thongke_counts(string $page = ''): ?array
{
    static $spent = 0.0;
    $options = thongke_options();
    if ($options['site'] === '') {
        return null;
    }
    $server = $options['server'] !== '' ? $options['server'] : thongke_base();
    $away = 'thongke_away_' . md5($server);
    $key = 'thongke_' . md5($server . ' ' . $options['site'] . ' ' . $page);
    $kept = get_transient($key);
    if (is_array($kept)) {
        return $kept;
    }
    if ($spent > 0.1 || get_transient($away)) {
        return null;
    }
    $start = microtime(true);
    $response = wp_remote_get($server . Thongke::query($options['site'], $page), [
        'timeout' => 1,
        'redirection' => 0,
        'limit_response_size' => 65536,
        'headers' => ['Accept' => 'application/json'],
    ]);
    $spent += microtime(true) - $start;
    $well = !is_wp_error($response) && wp_remote_retrieve_response_code($response) === 200;
    $counts = $well ? Thongke::parse(wp_remote_retrieve_body($response)) : null;
    if ($counts === null) {
        set_transient($away, 1, Thongke::AWAY);
    } else {
        set_transient($key, $counts, Thongke::FRESH);
    }
    return $counts;
}

/** The box; what is not given is as in the settings.  Labels as in Thongke::box(). */
function thongke_box(array $attributes = []): string
{
    $options = thongke_options();
    if ($options['site'] === '') {
        return current_user_can('manage_options') ? '<p>' . esc_html('Thongke: chưa đặt tên trang. / The site has not been set.') . '</p>' : '';
    }
    thongke_use_script();
    wp_enqueue_style('thongke', thongke_base() . '/box.css', [], null);
    return Thongke::box(thongke_counts(), [
        'look' => ($attributes['look'] ?? '') ?: $options['look'],
        'lang' => ($attributes['lang'] ?? '') ?: thongke_lang(),
        'labels' => array_map('strval', array_intersect_key($attributes, Thongke::WORDS['vi'])),
    ]);
}

/** The views of a path; of '': of the post in the loop. */
function thongke_views(string $path = ''): string
{
    if (thongke_options()['site'] === '') {
        return '';
    }
    thongke_use_script();
    $post = get_the_ID();
    // The script knows the page's own address; another post's it must be told.
    $own = $path === '' && is_singular() && $post === get_queried_object_id();
    $page = $path !== '' ? $path : ($post ? (string) wp_make_link_relative(get_permalink($post)) : '');
    return Thongke::views($page === '' ? null : thongke_counts($page), $own ? '' : $page, ['lang' => thongke_lang()]);
}

// ---- where they are put

/** [thongke look="portal" lang="en" online="Đang truy cập" week="" yesterday="Hôm qua"] */
function thongke_shortcode($attributes): string
{
    return thongke_box((array) $attributes);
}

/** [thongke_views], [thongke_views path="/tin/1"] */
function thongke_views_shortcode($attributes): string
{
    return thongke_views((string) (((array) $attributes)['path'] ?? ''));
}

function thongke_block($attributes): string
{
    return '<div ' . get_block_wrapper_attributes() . '>' . thongke_box((array) $attributes) . '</div>';
}

function thongke_content($content)
{
    $options = thongke_options();
    if ($options['views'] === '' || $options['site'] === '' || !is_singular('post') || !in_the_loop() || !is_main_query()) {
        return $content;
    }
    $label = Thongke::WORDS[thongke_lang()]['views'][0];
    $line = '<p class="thongke-line">' . esc_html($label) . ': ' . thongke_views() . '</p>';
    return $options['views'] === 'before' ? $line . $content : $content . $line;
}

function thongke_widgets()
{
    register_widget('Thongke_Widget');
}
