using System.Globalization;
using System.Text;
using System.Text.Json;

namespace RecordingService.Simulation;

/// <summary>What every body carries.</summary>
internal sealed record TaskIdentity(string Channel, string Uid)
{
    private const string ChannelCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !#$%&()+-:;<=.>?@[]^_{}|~,";

    public static TaskIdentity Read(BodyReader reader, JsonElement body)
    {
        var channel = reader.Text(body, "cname");
        var uid = reader.Text(body, "uid");
        reader.Require(uid is null || IsUid(uid), "invalid uid value, 1 to 4294967295 allowed");
        return new TaskIdentity(channel ?? "", uid ?? "");
    }

    public static bool IsUid(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var uid) && uid > 0 && text[0] != '0';

    public static bool IsChannelName(string name) => Encoding.UTF8.GetByteCount(name) <= 64 && name.All(ChannelCharacters.Contains);

    /// <summary>Reads what can be read, for faults and the journal, which also concern calls that are refused.</summary>
    public static TaskIdentity Glance(JsonElement body)
    {
        return new TaskIdentity(Text("cname"), Text("uid"));

        string Text(string name) =>
            body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()!
                : "";
    }
}

/// <summary>Body of <c>acquire</c>.</summary>
internal sealed record AcquireRequest(TaskIdentity Task, long Scene, TimeSpan ControlLifetime, JsonElement StartParameter)
{
    private static readonly string[] Regions = ["CN", "AP", "EU", "NA"];

    public static AcquireRequest Read(BodyReader reader, JsonElement body)
    {
        var task = TaskIdentity.Read(reader, body);
        var request = reader.Object(body, "clientRequest");
        var scene = reader.Integer(request, "scene", 0, 2, otherwise: 0);
        var hours = reader.Integer(request, "resourceExpiredHour", 1, 720, otherwise: 72);
        reader.Texts(request, "excludeResourceIds");
        reader.Integer(request, "regionAffinity", 0, 4, otherwise: 0);
        var region = reader.Text(request, "region", required: false);
        reader.Require(region is null || Regions.Contains(region), "invalid region value");
        var start = reader.Object(request, "startParameter", required: false);
        return new AcquireRequest(
            task,
            scene,
            TimeSpan.FromHours(hours),
            start.ValueKind == JsonValueKind.Object ? start.Clone() : default
        );
    }
}

/// <summary>Body of <c>stop</c>.</summary>
internal sealed record StopRequest(TaskIdentity Task, bool Async)
{
    public static StopRequest Read(BodyReader reader, JsonElement body)
    {
        var task = TaskIdentity.Read(reader, body);
        return new StopRequest(task, reader.Flag(reader.Object(body, "clientRequest"), "async_stop"));
    }
}
