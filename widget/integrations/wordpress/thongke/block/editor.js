/* The block in the editor: what the server prints, and the two choices. No build step. */
(function (wp) {
  'use strict';

  var el = wp.element.createElement;
  var select = function (props, name, label, options) {
    return el(wp.components.SelectControl, {
      label: label,
      value: props.attributes[name],
      options: [{ value: '', label: 'Như đã cài đặt / As in the settings' }].concat(options),
      onChange: function (value) {
        var change = {};
        change[name] = value;
        props.setAttributes(change);
      },
    });
  };

  wp.blocks.registerBlockType('thongke/box', {
    edit: function (props) {
      return el('div', wp.blockEditor.useBlockProps(),
        el(wp.blockEditor.InspectorControls, null,
          el(wp.components.PanelBody, { title: 'Thongke' },
            select(props, 'look', 'Kiểu dáng / Look', [
              { value: 'plain', label: 'Mộc / Plain' },
              { value: 'portal', label: 'Cổng thông tin / Portal' },
              { value: 'digits', label: 'Ô số / Digits' },
            ]),
            select(props, 'lang', 'Ngôn ngữ / Language', [
              { value: 'vi', label: 'Tiếng Việt' },
              { value: 'en', label: 'English' },
            ]))),
        el(wp.serverSideRender, { block: 'thongke/box', attributes: props.attributes }));
    },
    save: function () {
      return null;
    },
  });
})(window.wp);
