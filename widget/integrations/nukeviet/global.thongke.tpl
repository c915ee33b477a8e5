<!-- BEGIN: main -->
{STYLE}{BOX}
<!-- BEGIN: views -->
<p class="thongke-line">{LABEL}: {VIEWS}</p>
<!-- END: views -->
<!-- BEGIN: script -->
{SCRIPT}
<!-- END: script -->
<!-- END: main -->
