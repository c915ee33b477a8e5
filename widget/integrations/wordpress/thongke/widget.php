<?php
/** The box as a classic widget, for themes with sidebars. */

defined('ABSPATH') || exit;

class Thongke_Widget extends WP_Widget
{
    public function __construct()
    {
        parent::__construct('thongke', 'Thống kê truy cập', ['description' => 'Đang online, Hôm nay, Trong tuần, Tất cả']);
    }

    public function widget($args, $instance)
    {
        $title = apply_filters('widget_title', $instance['title'] ?? '', $instance, $this->id_base);
        echo $args['before_widget'];
        if ($title !== '') {
            echo $args['before_title'] . esc_html($title) . $args['after_title'];
        }
        echo thongke_box(['look' => $instance['look'] ?? '']);
        echo $args['after_widget'];
    }

    public function form($instance)
    {
        $this->row('title', 'Tiêu đề / Title', sprintf(
            '<input class="widefat" id="%s" name="%s" value="%s">',
            esc_attr($this->get_field_id('title')),
            esc_attr($this->get_field_name('title')),
            esc_attr($instance['title'] ?? 'Thống kê truy cập')
        ));
        $select = sprintf('<select id="%s" name="%s">', esc_attr($this->get_field_id('look')), esc_attr($this->get_field_name('look')));
        foreach (['' => 'Như đã cài đặt / As in the settings'] + THONGKE_CHOICES['look'] as $look => $label) {
            $chosen = selected($instance['look'] ?? '', $look, false);
            $select .= sprintf('<option value="%s"%s>%s</option>', esc_attr($look), $chosen, esc_html($label));
        }
        $this->row('look', 'Kiểu dáng / Look', $select . '</select>');
    }

    public function update($new, $old)
    {
        $look = (string) ($new['look'] ?? '');
        return [
            'title' => sanitize_text_field($new['title'] ?? ''),
            'look' => isset(THONGKE_CHOICES['look'][$look]) ? $look : '',
        ];
    }

    private function row(string $name, string $label, string $control)
    {
        printf('<p><label for="%s">%s</label> %s</p>', esc_attr($this->get_field_id($name)), esc_html($label), $control);
    }
}
