<?php
/** Block «Thống kê truy cập» cho NukeViet 4 và 5. The box as a block of a NukeViet theme. */

if (!defined('NV_MAINFILE')) {
    die('Stop!!!');
}

if (!class_exists('Thongke', false)) {
    require __DIR__ . '/thongke-figures.php';
}

if (!nv_function_exists('nv_thongke')) {
    /** The form of the block's settings; NukeViet checks who opens it. */
    function nv_thongke_config($module, $data_block, $lang_block = [])
    {
        $row = static function ($label, $control) {
            return '<div class="form-group row"><label class="control-label col-sm-6 col-form-label">' . $label . ':</label>'
                . '<div class="col-sm-18">' . $control . '</div></div>';
        };
        $text = static function ($name) use ($data_block) {
            $value = nv_htmlspecialchars(isset($data_block[$name]) ? $data_block[$name] : '');
            return '<input class="form-control" type="text" name="config_' . $name . '" value="' . $value . '">';
        };
        $look = '';
        foreach (['plain' => 'Mộc / Plain', 'portal' => 'Cổng thông tin / Portal', 'digits' => 'Ô số / Digits'] as $value => $label) {
            $chosen = isset($data_block['look']) && $data_block['look'] === $value ? ' selected' : '';
            $look .= '<option value="' . $value . '"' . $chosen . '>' . $label . '</option>';
        }
        $views = '<input type="checkbox" name="config_views" value="1"' . (empty($data_block['views']) ? '' : ' checked') . '>';

        return $row('Tên trang / Site', $text('site'))
            . $row('Địa chỉ cho trình duyệt / Address for browsers', $text('base'))
            . $row('Địa chỉ cho máy chủ này / Address for this server', $text('server'))
            . $row('Kiểu dáng / Look', '<select class="form-control" name="config_look">' . $look . '</select>')
            . $row('Lượt xem của trang / Views of the page', $views);
    }

    function nv_thongke_config_submit($module, $lang_block = [])
    {
        global $nv_Request;

        $config = ['views' => $nv_Request->get_int('config_views', 'post', 0)];
        foreach (['site', 'base', 'server', 'look'] as $name) {
            $config[$name] = trim($nv_Request->get_title('config_' . $name, 'post', ''));
        }
        $config['base'] = rtrim($config['base'], '/');
        $config['server'] = rtrim($config['server'], '/');
        $error = [];
        if (!preg_match('~^[A-Za-z0-9_.-]{1,64}$~', $config['site'])) {
            $error[] = 'Tên trang? / Site?';
        }
        if (!preg_match('~^(https?://[^\s/"\'<>]+)?(/[\w.\~/-]*)?$~', $config['base'])) {
            $error[] = 'Địa chỉ cho trình duyệt? / Address for browsers?';
        }

        return ['error' => $error, 'config' => $config];
    }

    function nv_thongke($block_config)
    {
        global $global_config;
        static $scripted = false;

        if (empty($block_config['site'])) {
            return '';
        }
        $themes = [$global_config['module_theme'], $global_config['site_theme'], 'default'];
        foreach ($themes as $theme) {
            if (is_file(NV_ROOTDIR . '/themes/' . $theme . '/blocks/global.thongke.tpl')) {
                break;
            }
        }
        $lang = NV_LANG_DATA === 'vi' ? 'vi' : 'en';
        $options = ['lang' => $lang, 'look' => $block_config['look']];
        $page = empty($block_config['views']) ? '' : $_SERVER['REQUEST_URI'];
        $folder = NV_ROOTDIR . '/' . NV_CACHEDIR;
        $counts = $block_config['server'] === '' ? null : Thongke::counts($block_config['server'], $block_config['site'], $page, $folder);
        $settings = ['lang' => $lang === 'vi' ? '' : $lang, 'count' => defined('NV_IS_ADMIN') ? '0' : ''];

        $xtpl = new XTemplate('global.thongke.tpl', NV_ROOTDIR . '/themes/' . $theme . '/blocks');
        $xtpl->assign('STYLE', Thongke::style($block_config['base']));
        $xtpl->assign('BOX', Thongke::box($counts, $options));
        if ($page !== '') {
            $xtpl->assign('LABEL', Thongke::WORDS[$lang]['views'][0]);
            $xtpl->assign('VIEWS', Thongke::views($counts, '', $options));
            $xtpl->parse('main.views');
        }
        if (!$scripted) {
            $xtpl->assign('SCRIPT', Thongke::script($block_config['base'], $block_config['site'], $settings));
            $xtpl->parse('main.script');
            $scripted = true;
        }
        $xtpl->parse('main');

        return $xtpl->text('main');
    }
}

if (defined('NV_SYSTEM')) {
    $content = nv_thongke($block_config);
}
