using RecordingService.Domain.RoomTypes;

namespace RecordingService.Domain.Tests.RoomTypes;

public sealed class LiveChanges
{
    private static readonly Uri Picture = new("https://school.example/board.jpg");

    public static TheoryData<string, MixLayout, string[]> BrokenLayouts =>
        new()
        {
            {
                "vertical without large picture",
                new() { Kind = VideoLayout.Vertical },
                ["largeUid"]
            },
            {
                "large picture of a grid",
                new() { LargeUid = 7 },
                ["largeUid"]
            },
            {
                "uid 0",
                new() { Kind = VideoLayout.Vertical, LargeUid = 0 },
                ["largeUid"]
            },
            {
                "custom without places",
                new() { Kind = VideoLayout.Custom },
                ["regions"]
            },
            { "too many places", Custom([.. Enumerable.Repeat(new LayoutRegion(null, 0, 0, 1, 1), 18)]), ["regions"] },
            {
                "places in a grid",
                new() { Regions = [new(null, 0, 0, 1, 1)] },
                ["regions"]
            },
            {
                "color by name",
                new() { BackgroundColor = "black" },
                ["backgroundColor"]
            },
            {
                "color of eight",
                new() { BackgroundColor = "#0011223" },
                ["backgroundColor"]
            },
            {
                "color that is none",
                new() { BackgroundColor = "#00112G" },
                ["backgroundColor"]
            },
            {
                "pictures",
                new()
                {
                    BackgroundImage = new("http://school.example/a.jpg"),
                    UserBackgroundImage = new("/a.jpg", UriKind.Relative),
                    UserBackgrounds = [new(0, new("https://ada:secret@school.example/a.jpg"))],
                },
                ["backgroundImage", "userBackgroundImage", "userBackgrounds[0].uid", "userBackgrounds[0].image"]
            },
            {
                "long address",
                new() { BackgroundImage = new($"https://school.example/{new string('a', 1024)}") },
                ["backgroundImage"]
            },
            { "left of the canvas", Custom(new LayoutRegion(0, -0.1m, 0, 1, 1)), ["regions[0].uid", "regions[0].x"] },
            { "beyond the right edge", Custom(new(1, 0, 0, 1, 1), new(2, 0.5m, 0, 0.500001m, 1)), ["regions[1].width"] },
            { "beyond the lower edge", Custom(new LayoutRegion(1, 0, 0.000001m, 1, 1)), ["regions[0].height"] },
            {
                "nothing to see",
                Custom(new LayoutRegion(1, 0, 0, 0, 0, 1.5m)),
                ["regions[0].alpha", "regions[0].width", "regions[0].height"]
            },
            { "too exact", Custom(new LayoutRegion(1, 0.1234567m, 0, 0.5m, 1)), ["regions[0].x"] },
        };

    public static TheoryData<string, MixLayout> FineLayouts =>
        new()
        {
            { "default", new() },
            {
                "vertical",
                new() { Kind = VideoLayout.Vertical, LargeUid = uint.MaxValue }
            },
            {
                "floating",
                new() { Kind = VideoLayout.Floating, BackgroundColor = "#a0B1c2" }
            },
            { "custom", Custom([.. Enumerable.Range(0, 17).Select(n => new LayoutRegion(null, n * 0.05m, 0.75m, 0.05m, 0.25m, 0, true))]) },
            {
                "pictures",
                new()
                {
                    BackgroundImage = Picture,
                    UserBackgroundImage = Picture,
                    UserBackgrounds = [new(7, Picture, true)],
                }
            },
        };

    public static TheoryData<string, ChannelEncryption, bool> Encryptions =>
        new()
        {
            { "no salt", new(EncryptionMode.Aes256Gcm, "k", null), true },
            { "salt", new(EncryptionMode.Aes128Gcm2, "k", Convert.ToBase64String(new byte[32])), true },
            { "salt of the other mode", new(EncryptionMode.Aes256Gcm2, "k", Convert.ToBase64String(new byte[32])), true },
            { "salt is missing", new(EncryptionMode.Aes256Gcm2, "k", null), false },
            { "salt of 31 bytes", new(EncryptionMode.Aes256Gcm2, "k", Convert.ToBase64String(new byte[31])), false },
            { "salt of 33 bytes", new(EncryptionMode.Aes256Gcm2, "k", Convert.ToBase64String(new byte[33])), false },
            { "salt in hexadecimal digits", new(EncryptionMode.Aes256Gcm2, "k", new string('-', 44)), false },
            { "salt with a space", new(EncryptionMode.Aes256Gcm2, "k", " " + Convert.ToBase64String(new byte[32])), false },
            { "salt that nobody needs", new(EncryptionMode.Aes256Gcm, "k", Convert.ToBase64String(new byte[32])), false },
        };

    [Theory]
    [MemberData(nameof(BrokenLayouts))]
    public void Layout_BreakingRules_IsToldAllOfThem(string name, MixLayout layout, string[] fields)
    {
        var violations = LayoutRules.Check(layout);

        violations.Select(violation => violation.Field).ShouldBe(fields, name);
        violations.ShouldAllBe(violation => violation.Rule.EndsWith('.') && violation.Source == "Agora, updateLayout");
    }

    [Theory]
    [MemberData(nameof(FineLayouts))]
    public void Layout_WithinTheRules_IsFine(string name, MixLayout layout) => LayoutRules.Check(layout).ShouldBeEmpty(name);

    [Theory]
    [InlineData(StreamTypes.AudioAndVideo, 0, "audio.only", "video.allBut")]
    [InlineData(StreamTypes.AudioAndVideo, 33, "audio.only", "video.allBut")]
    [InlineData(StreamTypes.Audio, 1, "video.allBut")]
    [InlineData(StreamTypes.Video, 32, "audio.only")]
    [InlineData(StreamTypes.AudioAndVideo, 32)]
    public void Subscription_ListsThatAgoraRefuses_AreNamed(StreamTypes streams, int uids, params string[] fields)
    {
        var list = Enumerable.Range(1, uids).Select(n => (uint)n).ToList();

        SubscriptionRules
            .Check(new(new(SelectionKind.Only, list), new(SelectionKind.AllBut, list)), streams)
            .Select(violation => violation.Field)
            .ShouldBe(fields);
    }

    [Theory]
    [InlineData(7u, 7u)]
    [InlineData(0u, 7u)]
    public void Subscription_UidTwiceOrZero_IsRefused(uint one, uint other) =>
        SubscriptionRules
            .Check(new(new(SelectionKind.AllBut, [one, other]), StreamSelection.All), StreamTypes.AudioAndVideo)
            .ShouldHaveSingleItem()
            .Field.ShouldBe("audio.allBut");

    [Fact]
    public void Subscription_OfEverybody_IsFineWhateverIsRecorded() =>
        Enum.GetValues<StreamTypes>().ShouldAllBe(streams => SubscriptionRules.Check(Subscription.Everybody, streams).Count == 0);

    [Theory]
    [MemberData(nameof(Encryptions))]
    public void Encryption_Salt_BelongsToItsModes(string name, ChannelEncryption encryption, bool fine) =>
        EncryptionRules.Check(encryption).Select(violation => violation.Field).ShouldBe(fine ? [] : ["salt"], name);

    private static MixLayout Custom(params LayoutRegion[] regions) => new() { Kind = VideoLayout.Custom, Regions = regions };
}
