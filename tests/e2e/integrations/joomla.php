<?php
/**
 * As much of Joomla as the module calls.  From standard input comes
 *   { "params": {…}, "url": "https://…", "language": "vi-VN", "may": [], "cache": folder, "times": 1 }
 * and to standard output goes { "html": what the module printed, "namespace": …, "seconds": … }.
 */
namespace Joomla\CMS\Dispatcher {
    class AbstractModuleDispatcher
    {
        public $app;
        public $params;
        protected function getLayoutData()
        {
            return ['module' => new \stdClass(), 'app' => $this->app, 'input' => null, 'params' => $this->params, 'template' => 'cassiopeia'];
        }
        public function dispatch()
        {
            $displayData = $this->getLayoutData();
            (static function () use ($displayData) {
                extract($displayData);
                require MODULE . '/tmpl/default.php';
            })();
        }
    }
}

namespace Joomla\CMS\Uri {
    class Uri
    {
        public static $url;
        public static function getInstance() { return new self(); }
        public function toString(array $parts)
        {
            $url = parse_url(self::$url);
            $all = [
                'scheme' => $url['scheme'] . '://',
                'host' => $url['host'],
                'port' => isset($url['port']) ? ":$url[port]" : '',
                'path' => $url['path'] ?? '',
                'query' => isset($url['query']) ? "?$url[query]" : '',
            ];
            return implode(array_intersect_key($all, array_flip($parts)));
        }
    }
}

namespace Joomla\DI {
    interface ServiceProviderInterface {}
    class Container
    {
        public $providers = [];
        public function registerServiceProvider($provider) { $this->providers[] = $provider; }
    }
}

namespace Joomla\CMS\Extension\Service\Provider {
    class Module {}
    class ModuleDispatcherFactory
    {
        public $namespace;
        public function __construct($namespace) { $this->namespace = $namespace; }
    }
}

namespace {
    error_reporting(E_ALL);
    set_error_handler(static function ($code, $message, $file, $line) {
        if (!(error_reporting() & $code)) {
            return false;
        }
        throw new ErrorException($message, 0, $code, $file, $line);
    });
    define('_JEXEC', 1);
    define('MODULE', dirname(__DIR__, 3) . '/widget/integrations/joomla/mod_thongke');
    $world = json_decode(stream_get_contents(STDIN), true) + ['language' => 'vi-VN', 'may' => [], 'times' => 1];
    define('JPATH_CACHE', $world['cache']);
    Joomla\CMS\Uri\Uri::$url = $world['url'];

    $container = new Joomla\DI\Container();
    (require MODULE . '/services/provider.php')->register($container);

    require MODULE . '/src/Dispatcher/Dispatcher.php';
    $app = new class {
        public function getLanguage() { return new class { public function getTag() { return $GLOBALS['world']['language']; } }; }
        public function getIdentity() { return new class { public function authorise($what, $where) { return in_array($what, $GLOBALS['world']['may'], true); } }; }
    };
    $params = new class {
        public function get($name, $default) { return $GLOBALS['world']['params'][$name] ?? $default; }
    };
    $start = microtime(true);
    ob_start();
    for ($i = 0; $i < $world['times']; $i++) {
        $module = new Thongke\Module\Box\Site\Dispatcher\Dispatcher();
        $module->app = $app;
        $module->params = $params;
        $module->dispatch();
    }
    $html = ob_get_clean();
    echo json_encode(['html' => $html, 'namespace' => $container->providers[0]->namespace, 'seconds' => microtime(true) - $start]);
}
