<?php
/** Cài đặt → Thongke.  WordPress's own options.php checks who saves (manage_options) and that it was meant (nonce). */

defined('ABSPATH') || exit;

add_action('admin_menu', 'thongke_menu');
add_action('admin_init', 'thongke_register');
add_filter('plugin_action_links_thongke/thongke.php', 'thongke_action_links');

const THONGKE_CHOICES = [
    'look' => ['plain' => 'Mộc / Plain', 'portal' => 'Cổng thông tin / Portal', 'digits' => 'Ô số / Digits'],
    'lang' => ['vi' => 'Tiếng Việt', 'en' => 'English', 'page' => 'Theo trang / The page’s'],
    'where' => [
        'all' => 'Mọi trang / All pages',
        'singular' => 'Chỉ bài viết và trang / Posts and pages only',
        'box' => 'Chỉ nơi có hiện số liệu / Only where figures are shown',
    ],
    'views' => ['' => 'Không / No', 'before' => 'Đầu bài / Above posts', 'after' => 'Cuối bài / Below posts'],
    'staff' => ['0' => 'Không đếm / Not counted', '1' => 'Đếm / Counted'],
];

const THONGKE_FIELDS = [
    'site' => ['Tên trang / Site', 'Như trong tệp cấu hình của thongked: [site myloc]. As in the configuration of thongked.'],
    'base' => ['Địa chỉ cho trình duyệt / Address for browsers', '/tk nếu máy chủ web chuyển tiếp /tk/; nếu không: https://thongke.example.vn/tk. /tk where the web server passes /tk/ on.'],
    'server' => ['Địa chỉ cho máy chủ này / Address for this server', 'Ví dụ http://127.0.0.1:8080/tk; để trống: như trên. Left empty: the same.'],
    'look' => ['Kiểu dáng / Look', ''],
    'lang' => ['Ngôn ngữ / Language', ''],
    'where' => ['Đếm ở đâu / Where to count', ''],
    'views' => ['Tự thêm «Lượt xem» / Add views by itself', ''],
    'staff' => ['Lượt xem của người viết bài / Views by those who write', ''],
];

function thongke_menu()
{
    add_options_page('Thongke', 'Thongke', 'manage_options', 'thongke', 'thongke_page');
}

function thongke_register()
{
    register_setting('thongke', 'thongke', ['type' => 'array', 'sanitize_callback' => 'thongke_sanitize', 'default' => THONGKE_DEFAULTS]);
    add_settings_section('thongke', '', '__return_false', 'thongke');
    foreach (THONGKE_FIELDS as $name => [$label, $help]) {
        $args = ['name' => $name, 'help' => $help, 'label_for' => "thongke_$name"];
        add_settings_field("thongke_$name", esc_html($label), 'thongke_field', 'thongke', 'thongke', $args);
    }
}

/** What may be kept; what may not is said, and stays as it was. */
function thongke_sanitize($input): array
{
    $kept = thongke_options();
    if (!current_user_can('manage_options') || !is_array($input)) {
        return $kept;
    }
    $patterns = [
        'site' => '~^[A-Za-z0-9_.-]{0,64}$~',
        'base' => '~^(https?://[^\s/"\'<>]+)?(/[\w.\~/-]*)?$~',
        'server' => '~^(https?://[^\s/"\'<>]+(/[\w.\~/-]*)?)?$~',
    ];
    foreach (THONGKE_FIELDS as $name => [$label]) {
        $value = trim(sanitize_text_field((string) ($input[$name] ?? $kept[$name])));
        $value = isset($patterns[$name]) && $name !== 'site' ? rtrim($value, '/') : $value;
        $well = isset($patterns[$name]) ? preg_match($patterns[$name], $value) : isset(THONGKE_CHOICES[$name][$value]);
        if ($well) {
            $kept[$name] = $value;
        } else {
            add_settings_error('thongke', "thongke_$name", esc_html("$label: $value?"));
        }
    }
    return $kept;
}

function thongke_field(array $args)
{
    $name = $args['name'];
    $value = thongke_options()[$name];
    $id = 'thongke_' . $name;
    if (isset(THONGKE_CHOICES[$name])) {
        printf('<select id="%s" name="thongke[%s]">', esc_attr($id), esc_attr($name));
        foreach (THONGKE_CHOICES[$name] as $choice => $label) {
            printf('<option value="%s"%s>%s</option>', esc_attr($choice), selected($value, (string) $choice, false), esc_html($label));
        }
        echo '</select>';
    } else {
        printf('<input class="regular-text" id="%s" name="thongke[%s]" value="%s">', esc_attr($id), esc_attr($name), esc_attr($value));
    }
    if ($args['help'] !== '') {
        printf('<p class="description">%s</p>', esc_html($args['help']));
    }
}

function thongke_page()
{
    if (!current_user_can('manage_options')) {
        return;
    }
    echo '<div class="wrap"><h1>Thongke</h1><form action="options.php" method="post">';
    settings_fields('thongke');
    do_settings_sections('thongke');
    submit_button();
    echo '</form>';
    if (thongke_options()['site'] !== '') {
        $counts = thongke_counts();
        printf('<h2>%s</h2><p>%s</p>', esc_html('Kiểm tra / Check'), esc_html($counts === null
            ? 'Máy chủ này chưa hỏi được thongked; trình duyệt có thể vẫn được. / This server got no answer from thongked; browsers may.'
            : 'thongked đã trả lời. Tất cả / thongked has answered. All time: ' . Thongke::number($counts['total'] ?? null)));
    }
    echo '</div>';
}

function thongke_action_links($links)
{
    array_unshift($links, '<a href="' . esc_url(admin_url('options-general.php?page=thongke')) . '">Cài đặt / Settings</a>');
    return $links;
}
