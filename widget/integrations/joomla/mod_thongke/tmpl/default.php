<?php

defined('_JEXEC') or die;

if ($site === '') {
    return;
}
if ($box) {
    echo Thongke::style($base), Thongke::box($counts, $options);
}
if ($views) {
    echo '<p class="thongke-line">', Thongke::WORDS[$options['lang']]['views'][0], ': ', Thongke::views($counts, '', $options), "</p>\n";
}
if ($first) {
    echo Thongke::script($base, $site, $settings);
}
