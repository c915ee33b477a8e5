<?php

namespace Thongke\Module\Box\Site\Dispatcher;

\defined('_JEXEC') or die;

use Joomla\CMS\Dispatcher\AbstractModuleDispatcher;
use Joomla\CMS\Uri\Uri;

if (!class_exists('Thongke', false)) {
    require __DIR__ . '/../../thongke-figures.php';
}

/** Gathers what tmpl/default.php prints. */
class Dispatcher extends AbstractModuleDispatcher
{
    /** Whether a module of this page has printed the script already. */
    private static $scripted = false;

    protected function getLayoutData()
    {
        $data = parent::getLayoutData();
        $params = $data['params'];
        $site = trim($params->get('site', ''));
        $base = rtrim(trim($params->get('base', '/tk')), '/');
        if ($site === '') {
            return ['site' => ''] + $data;
        }
        $lang = $params->get('lang', '') ?: (strncmp($data['app']->getLanguage()->getTag(), 'vi', 2) === 0 ? 'vi' : 'en');
        $views = (bool) $params->get('views', 0);
        $page = $views ? Uri::getInstance()->toString(['path', 'query']) : '';
        $first = !self::$scripted;
        self::$scripted = true;

        return [
            'site' => $site,
            'base' => $base,
            'counts' => \Thongke::counts($this->server($params, $base), $site, $page, JPATH_CACHE),
            'options' => ['lang' => $lang, 'look' => $params->get('look', 'plain')],
            'box' => (bool) $params->get('box', 1),
            'views' => $views,
            'first' => $first,
            'settings' => ['lang' => $lang === 'vi' ? '' : $lang, 'count' => $this->isCounted($params, $data['app']) ? '' : '0'],
        ] + $data;
    }

    /** Where this machine finds the daemon. */
    private function server($params, string $base): string
    {
        $server = rtrim(trim($params->get('server', '')), '/');
        if ($server !== '') {
            return $server;
        }
        return $base !== '' && $base[0] === '/' ? Uri::getInstance()->toString(['scheme', 'host', 'port']) . $base : $base;
    }

    private function isCounted($params, $app): bool
    {
        $user = $app->getIdentity();
        return $params->get('staff', 0) || !$user || !$user->authorise('core.edit', 'com_content');
    }
}
