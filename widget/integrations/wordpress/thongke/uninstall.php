<?php
/** The plugin is deleted: nothing of it stays.  The figures are the daemon's, and stay. */

defined('WP_UNINSTALL_PLUGIN') || exit;

function thongke_forget()
{
    global $wpdb;
    delete_option('thongke');
    delete_option('widget_thongke');
    foreach (['_transient_thongke_', '_transient_timeout_thongke_'] as $prefix) {
        $wpdb->query($wpdb->prepare("DELETE FROM $wpdb->options WHERE option_name LIKE %s", $wpdb->esc_like($prefix) . '%'));
    }
}

if (is_multisite()) {
    foreach (get_sites(['fields' => 'ids', 'number' => 0]) as $thongke_blog) {
        switch_to_blog($thongke_blog);
        thongke_forget();
        restore_current_blog();
    }
} else {
    thongke_forget();
}
