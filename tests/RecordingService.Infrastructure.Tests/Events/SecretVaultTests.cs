using System.Security.Cryptography;
using System.Text;
using RecordingService.Infrastructure.Events;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Tests.Events;

public sealed class SecretVaultTests
{
    private static readonly Guid Owner = Guid.NewGuid();
    private static readonly byte[] Plain = Encoding.UTF8.GetBytes("nobody is to read this");

    [Fact]
    public void Secret_Sealed_IsHiddenAndCanBeOpened()
    {
        var vault = Vault(("a", NewKey()));

        var hidden = vault.Seal(Plain, Owner);

        hidden.KeyId.ShouldBe("a");
        hidden.Sealed.AsSpan().IndexOf(Plain).ShouldBe(-1);
        vault.Seal(Plain, Owner).Sealed.ShouldNotBe(hidden.Sealed);
        vault.TryOpen(hidden, Owner, out var secret, out _).ShouldBeTrue();
        secret.ShouldBe(Plain);
    }

    [Fact]
    public void Secret_MovedToAnotherRow_CannotBeOpened()
    {
        var vault = Vault(("a", NewKey()));

        vault.TryOpen(vault.Seal(Plain, Owner), Guid.NewGuid(), out var secret, out var problem).ShouldBeFalse();

        secret.ShouldBeEmpty();
        problem.ShouldContain("Secrets:Keys:a");
    }

    [Fact]
    public void Secret_Changed_CannotBeOpened()
    {
        var vault = Vault(("a", NewKey()));
        var hidden = vault.Seal(Plain, Owner);
        hidden.Sealed[^1] ^= 1;

        vault.TryOpen(hidden, Owner, out _, out _).ShouldBeFalse();
        vault.TryOpen(hidden with { Sealed = [1, 2, 3] }, Owner, out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void Keys_Changed_OpenWhatTheOldOneSealed()
    {
        var (old, current) = (NewKey(), NewKey());
        var hidden = Vault(("old", old)).Seal(Plain, Owner);
        var both = new SecretKeyOptions { CurrentKey = "new" };
        both.Keys["old"] = new Secret(old);
        both.Keys["new"] = new Secret(current);
        var vault = new SecretVault(both);

        vault.TryOpen(hidden, Owner, out var secret, out _).ShouldBeTrue();

        secret.ShouldBe(Plain);
        vault.Seal(Plain, Owner).KeyId.ShouldBe("new");
        Vault(("new", current)).TryOpen(hidden, Owner, out _, out var problem).ShouldBeFalse();
        problem.ShouldContain("Secrets:Keys:old");
    }

    [Fact]
    public void Options_ThatCannotWork_AreRefusedWithoutShowingTheKey()
    {
        var options = new SecretKeyOptions { CurrentKey = "c" };
        options.Keys["a"] = new Secret("too-short-a-key");
        options.Keys["b"] = new Secret("env:NO_SUCH_VARIABLE_OF_THIS_TEST");

        var faults = new SecretKeyOptionsValidator().Validate(null, options).Failures!.ToList();

        faults.Count.ShouldBe(3);
        faults.ShouldAllBe(fault => fault.StartsWith("Secrets:", StringComparison.Ordinal) && !fault.Contains("too-short-a-key"));
        new SecretVault(new()).CanSeal.ShouldBeFalse();
        var two = new SecretKeyOptions();
        two.Keys["a"] = new Secret(NewKey());
        two.Keys["b"] = new Secret(NewKey());
        new SecretKeyOptionsValidator().Validate(null, two).Failures!.ShouldHaveSingleItem().ShouldContain("Secrets:CurrentKey");
    }

    private static SecretVault Vault((string Id, string Key) one)
    {
        var options = new SecretKeyOptions();
        options.Keys[one.Id] = new Secret(one.Key);
        return new(options);
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
}
