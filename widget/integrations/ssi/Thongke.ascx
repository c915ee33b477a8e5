<%@ Control Language="C#" ClassName="Thongke" EnableViewState="false" %>
<%@ Import Namespace="System.Collections.Generic" %>
<%@ Import Namespace="System.Globalization" %>
<%@ Import Namespace="System.Net" %>
<%@ Import Namespace="System.Threading.Tasks" %>
<%@ Import Namespace="System.Web.Caching" %>
<%@ Import Namespace="System.Web.Script.Serialization" %>
<script runat="server">
    // The box of Thongke for ASP.NET Web Forms 4.5 or later, DNN skins and SharePoint's own pages:
    //   <%@ Register TagPrefix="tk" TagName="Box" Src="~/Thongke.ascx" %>
    //   <tk:Box runat="server" SiteName="myloc" />
    // The figures are asked of thongked by this server, kept for a minute, and stand in the page without script.
    // A page waits 0.8 s for them at most; a daemon that did not answer is left alone for 10 s.

    public string SiteName { get; set; }
    public string Base { get; set; }    // where browsers find the daemon
    public string Daemon { get; set; } // where this server finds it
    public string Look { get; set; }    // plain, portal, digits
    public bool English { get; set; }

    static readonly string[,] Rows = {
        { "online", "Đang online", "Số khách trong 5 phút gần đây", "Online now", "Visitors in the last 5 minutes" },
        { "today", "Hôm nay", "Số lượt truy cập từ 0 giờ hôm nay", "Today", "Page views since midnight" },
        { "week", "Trong tuần", "Số lượt truy cập từ đầu tuần", "This week", "Page views since the week began" },
        { "total", "Tất cả", "Số lượt truy cập từ khi mở trang", "All time", "Page views since the site was opened" },
    };

    protected override void Render(HtmlTextWriter writer)
    {
        string web = Base ?? "/tk", look = Look == "portal" || Look == "digits" ? Look : "plain", lang = English ? "en" : "vi";
        IDictionary<string, object> counts = Counts((Daemon ?? "http://127.0.0.1:8080/tk") + "/counts?site=" + Uri.EscapeDataString(SiteName ?? ""));

        writer.Write("<link rel=\"stylesheet\" href=\"{0}/box.css\">\n", Escaped(web));
        writer.Write("<div class=\"thongke-box\" lang=\"{0}\">\n<ul class=\"thongke-list thongke-{1}\" lang=\"{0}\" aria-label=\"{2}\">\n",
            lang, look, English ? "Visitor statistics" : "Thống kê truy cập");
        for (int i = 0; i < Rows.GetLength(0); i++)
            writer.Write("<li title=\"{0}\">{1}: <b class=\"thongke-{2}\">{3}</b></li>\n",
                Rows[i, English ? 4 : 2], Rows[i, English ? 3 : 1], Rows[i, 0], Number(counts, Rows[i, 0]));
        writer.Write("</ul>\n</div>\n");
        if (Context.Items["thongke"] == null)
            writer.Write("<script async src=\"{0}/thongke.js\" data-site=\"{1}\"{2}></" + "script>\n",
                Escaped(web), Escaped(SiteName ?? ""), English ? " data-lang=\"en\"" : "");
        Context.Items["thongke"] = true;
    }

    static string Escaped(string text)
    {
        return HttpUtility.HtmlAttributeEncode(text).Replace(">", "&gt;");
    }

    // A figure that is not known is «…»; 0 is 0.
    string Number(IDictionary<string, object> counts, string name)
    {
        object value;
        if (counts == null || !counts.TryGetValue(name, out value) || value == null)
            return "…";
        NumberFormatInfo format = (NumberFormatInfo)CultureInfo.InvariantCulture.NumberFormat.Clone();
        format.NumberGroupSeparator = English ? "," : ".";
        return Convert.ToInt64(value, CultureInfo.InvariantCulture).ToString("#,0", format);
    }

    static IDictionary<string, object> Counts(string url)
    {
        object kept = HttpRuntime.Cache["thongke " + url];
        if (kept != null)
            return kept as IDictionary<string, object>;
        IDictionary<string, object> counts = null;
        // On a thread of its own: the time-outs of a WebClient begin anew with each piece that comes.
        Task<string> answer = Task.Run(() =>
        {
            using (WebClient client = new WebClient { Encoding = System.Text.Encoding.UTF8, Proxy = null })
                return client.DownloadString(url);
        });
        answer.ContinueWith(task => task.Exception, TaskContinuationOptions.OnlyOnFaulted);
        try
        {
            if (answer.Wait(800))
                counts = new JavaScriptSerializer().DeserializeObject(answer.Result) as IDictionary<string, object>;
        }
        catch (Exception) { } // away, or no JSON: as if it had not answered
        HttpRuntime.Cache.Insert("thongke " + url, (object)counts ?? "away", null,
            DateTime.UtcNow.AddSeconds(counts != null ? 60 : 10), Cache.NoSlidingExpiration);
        return counts;
    }
</script>
