using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using RecordingService.Client.Tests.Support;

namespace RecordingService.Client.Tests.Contract;

/// <summary>Which type of the client is which schema of the document, and whether both say the same.</summary>
internal static class Schemas
{
    public static IReadOnlyDictionary<string, Type> Types { get; } =
        new Dictionary<string, Type>
        {
            ["Agora"] = typeof(AgoraIdentity),
            ["Cause"] = typeof(DiagnosisCause),
            ["CauseCode"] = typeof(CauseCode),
            ["ChangeLayoutRequest"] = typeof(ChangeLayoutRequest),
            ["ChangeRecordingRequest"] = typeof(ChangeRecordingRequest),
            ["ChangeSubscriptionRequest"] = typeof(ChangeSubscriptionRequest),
            ["Confidence"] = typeof(Confidence),
            ["DesiredLayout"] = typeof(DesiredLayout),
            ["DesiredSubscription"] = typeof(DesiredSubscription),
            ["Diagnosis"] = typeof(Diagnosis),
            ["Encryption"] = typeof(ChannelEncryption),
            ["EncryptionMode"] = typeof(EncryptionMode),
            ["EncryptionRequest"] = typeof(EncryptionRequest),
            ["EndReason"] = typeof(EndReason),
            ["Event"] = typeof(RecordingEvent),
            ["EventData"] = typeof(RecordingEventData),
            ["EventList"] = typeof(EventPage),
            ["EventReason"] = typeof(RecordingEventReason),
            ["EventUpload"] = typeof(RecordingEventUpload),
            ["Fact"] = typeof(DiagnosisFact),
            ["File"] = typeof(RecordingFile),
            ["FileList"] = typeof(RecordingFileList),
            ["Files"] = typeof(RecordingFiles),
            ["FilesState"] = typeof(FilesState),
            ["IdleTime"] = typeof(IdleTime),
            ["Layout"] = typeof(Layout),
            ["LayoutRegion"] = typeof(LayoutRegion),
            ["OperatorActionRequest"] = typeof(OperatorActionRequest),
            ["ParameterDifference"] = typeof(ParameterDifference),
            ["Problem"] = typeof(ProblemDocument),
            ["Reason"] = typeof(RecordingReason),
            ["Recording"] = typeof(Recording),
            ["RecordingFileKind"] = typeof(RecordingFileKind),
            ["RecordingMode"] = typeof(RecordingMode),
            ["RecordingPage"] = typeof(RecordingPage),
            ["RecordingState"] = typeof(RecordingState),
            ["Run"] = typeof(RecordingRun),
            ["RunEnd"] = typeof(RunEnd),
            ["RunPhase"] = typeof(RunPhase),
            ["Selection"] = typeof(UserSelection),
            ["StartRecordingRequest"] = typeof(StartRecordingRequest),
            ["StoppedRecordings"] = typeof(StoppedRecordings),
            ["Subscription"] = typeof(Subscription),
            ["Timeline"] = typeof(TimelinePage),
            ["TimelineItem"] = typeof(TimelineItem),
            ["UserBackground"] = typeof(UserBackground),
            ["VideoLayout"] = typeof(VideoLayout),
            ["Violation"] = typeof(Violation),
            ["WebPage"] = typeof(WebPage),
        };

    /// <summary>Schema of the types of events, which are texts here: constants that a program compares with.</summary>
    public const string EventTypeName = "EventType";

    /// <summary>What may lack anything: a problem comes from anywhere, and the test of a webhook tells of no recording.</summary>
    private static readonly Type[] Lenient =
    [
        typeof(ProblemDocument),
        typeof(RecordingEvent),
        typeof(RecordingEventData),
        typeof(RecordingEventUpload),
    ];

    /// <summary>The schema that is meant by one that may be a reference, or null beside one.</summary>
    public static JsonObject Resolve(JsonNode schema)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            return Repository.OpenApi["components"]!["schemas"]![reference.Split('/')[^1]]!.AsObject();
        }

        return schema["oneOf"]?.AsArray().FirstOrDefault(one => (string?)one!["type"] != "null") is { } other
            ? Resolve(other)
            : schema.AsObject();
    }

    /// <summary>In what a type and its schema differ.</summary>
    public static IEnumerable<string> Faults(string name, Type type)
    {
        var schema = Repository.OpenApi["components"]!["schemas"]![name]!.AsObject();
        if (type.IsEnum)
        {
            var words = schema["enum"]!.AsArray().Select(word => (string)word!).ToList();
            var members = Enum.GetNames(type).Where(member => member != "Unknown").Select(JsonNamingPolicy.CamelCase.ConvertName).ToList();
            return words
                .Except(members)
                .Select(word => $"{name}: the client lacks {word}")
                .Concat(members.Except(words).Select(word => $"{name}: the document lacks {word}"))
                .Concat(Enum.IsDefined(type, 0) && Enum.GetName(type, 0) == "Unknown" ? [] : [$"{name}: Unknown is not 0"]);
        }

        var properties = schema["properties"]!.AsObject();
        var known = ClientJson
            .Default.GetTypeInfo(type)!
            // What is left out of JSON is listed, too, without a way to read it.
            .Properties.Where(property => property.Get is not null)
            .ToDictionary(property => property.Name);
        var required = schema["required"]?.AsArray().Select(one => (string)one!).ToHashSet() ?? [];
        return properties
            .Select(property => property.Key)
            .Except(known.Keys)
            .Select(member => $"{name}.{member}: the client lacks it")
            .Concat(
                known.Keys.Except(properties.Select(property => property.Key)).Select(member => $"{name}.{member}: the document lacks it")
            )
            .Concat(
                known
                    .Where(pair => properties.ContainsKey(pair.Key))
                    .SelectMany(pair =>
                        MemberFaults(
                            $"{name}.{pair.Key}",
                            properties[pair.Key]!.AsObject(),
                            type.GetProperties().Single(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name) == pair.Key),
                            pair.Value.IsRequired,
                            required.Contains(pair.Key)
                        )
                    )
            );
    }

    private static IEnumerable<string> MemberFaults(
        string member,
        JsonObject schema,
        PropertyInfo property,
        bool isRequired,
        bool mustBeThere
    )
    {
        var mayBeNull =
            schema["oneOf"]?.AsArray().Any(one => (string?)one!["type"] == "null") == true
            || (schema["type"] is JsonArray types && types.Any(one => (string?)one == "null"));
        var type = property.PropertyType;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Change<>))
        {
            if (!mayBeNull)
            {
                yield return $"{member}: it can be left out, and has no default to go back to";
            }

            type = type.GetGenericArguments()[0];
        }
        else if (!Lenient.Contains(property.DeclaringType))
        {
            var isNullable =
                Nullable.GetUnderlyingType(type) is not null
                || new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;
            if (isNullable != mayBeNull)
            {
                yield return $"{member}: {(mayBeNull ? "may" : "may not")} be null in the document";
            }

            if (isRequired && (!mustBeThere || mayBeNull))
            {
                yield return $"{member}: the client wants it to be there, and it may be missing";
            }

            if (mustBeThere && !mayBeNull && !isRequired)
            {
                yield return $"{member}: it is always there, and the client does not say so";
            }
        }

        if (!IsOf(Resolve(schema), Nullable.GetUnderlyingType(type) ?? type, schema))
        {
            yield return $"{member}: {type.Name} is not {schema.ToJsonString()}";
        }
    }

    private static bool IsOf(JsonObject schema, Type type, JsonNode original)
    {
        if (Types.FirstOrDefault(pair => pair.Value == type) is { Key: { } name })
        {
            return ReferenceOf(original) == name;
        }

        if (ReferenceOf(original) == EventTypeName)
        {
            return type == typeof(string);
        }

        var kinds = schema["type"] is JsonArray list ? list.Select(one => (string)one!) : [(string?)schema["type"] ?? ""];
        return (kinds.Single(kind => kind != "null"), (string?)schema["format"]) switch
        {
            ("string", null) => type == typeof(string),
            ("string", "uuid") => type == typeof(Guid),
            ("string", "uri") => type == typeof(Uri),
            ("string", "date-time") => type == typeof(DateTimeOffset),
            ("string", "duration") => type == typeof(TimeSpan),
            ("integer", "int32") => type == typeof(int),
            ("integer", "int64") => type == typeof(long),
            ("integer", "uint32") => type == typeof(uint),
            ("number", "double") => type == typeof(double) || type == typeof(decimal),
            ("boolean", null) => type == typeof(bool),
            ("array", null) => ItemOf(type) is { } item && IsOf(Resolve(schema["items"]!), item, schema["items"]!),
            ("object", null) => type == typeof(IReadOnlyDictionary<string, string>)
                || type == typeof(IReadOnlyDictionary<string, JsonElement>),
            _ => false,
        };
    }

    private static Type? ItemOf(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0]
        : null;

    private static string? ReferenceOf(JsonNode schema) =>
        ((string?)schema["$ref"] ?? (string?)schema["oneOf"]?.AsArray().FirstOrDefault(one => one!["$ref"] is not null)?["$ref"])?.Split(
            '/'
        )[^1];
}
